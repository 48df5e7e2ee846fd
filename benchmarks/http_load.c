/* Send requests over persistent connections, with one in flight on each, and count the responses.

   http_load PORT CONNECTIONS STATUS WARM_UP SECONDS < REQUESTS

   REQUESTS are sent in turn, again and again; each is its length (4 bytes, little endian) and its
   bytes. Every response must have this STATUS, and a Content-Length unless it has no body (204,
   304). After WARM_UP seconds it counts for SECONDS, and then waits for the responses that are still
   missing. It prints the number of responses in all, and while counting: their number, the seconds,
   and the share of the time in which it waited for the server. Exits with 1 and one line if the
   server closes a connection or answers anything else. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, EVENTS = 256 };

typedef struct { uint32_t size; char *bytes; } Request;
typedef struct { int fd; long received, expected; char buffer[BUFFER]; } Connection;

static Request *requests;
static long request_count, next_request, in_flight, responses;
static const char *status;
static int no_body;

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "%s %.300s\n", what, detail);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void read_requests(void) {
  uint32_t size;
  while (fread(&size, sizeof size, 1, stdin) == 1) {
    requests = realloc(requests, (request_count + 1) * sizeof *requests);
    Request *request = &requests[request_count++];
    request->size = size;
    request->bytes = malloc(size);
    if (fread(request->bytes, 1, size, stdin) != size) fail("the requests are cut off", "");
  }
  if (!request_count) fail("there are no requests", "");
}

static void open_connection(Connection *connection, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int on = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection->fd, (void *)&address, sizeof address)) fail("cannot connect", "");
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void send_next(Connection *connection) {
  Request *request = &requests[next_request++ % request_count];
  connection->received = connection->expected = 0;
  if (send(connection->fd, request->bytes, request->size, MSG_NOSIGNAL) != request->size)
    fail("a request was not sent", "");
  in_flight++;
}

/* Return the length of the response in the buffer, head and body, or 0 if its head is incomplete. */
static long response_length(Connection *connection) {
  char *head = connection->buffer, *end = strstr(head, "\r\n\r\n");
  if (!end) return 0;
  if (strncmp(head, "HTTP/1.1 ", 9) || strncmp(head + 9, status, 3)) fail("unexpected:", head);
  long length = end + 4 - head;
  if (no_body) return length;
  char *field = strcasestr(head, "\r\ncontent-length:");
  if (!field || field > end) fail("no Content-Length:", head);
  return length + atol(field + 17);
}

/* Read once; return whether the response is complete. */
static int receive(Connection *connection) {
  char *rest = connection->buffer + connection->received;
  ssize_t size = recv(connection->fd, rest, BUFFER - 1 - connection->received, 0);
  if (size <= 0) fail("the server closed a connection, or a response is too long", "");
  connection->received += size;
  connection->buffer[connection->received] = 0;
  if (!connection->expected) connection->expected = response_length(connection);
  return connection->expected && connection->received >= connection->expected;
}

/* Serve connections until a time, or if `drain` until no response is missing. Return the seconds in
   which there was nothing to do. */
static double run(int poll, Connection *connections, double until, int drain) {
  struct epoll_event events[EVENTS];
  double waited = 0, time = now();
  while (drain ? in_flight > 0 : time < until) {
    int timeout = drain ? 1000 : (int)((until - time) * 1000) + 1;
    int count = epoll_wait(poll, events, EVENTS, timeout);
    waited += now() - time;
    if (!count && drain) fail("a response is missing", "");
    for (int i = 0; i < count; i++) {
      Connection *connection = &connections[events[i].data.u32];
      if (!receive(connection)) continue;
      in_flight--;
      responses++;
      if (!drain) send_next(connection);
    }
    time = now();
  }
  return waited;
}

int main(int count, char **arguments) {
  if (count != 6) fail("usage: http_load PORT CONNECTIONS STATUS WARM_UP SECONDS", "");
  int port = atoi(arguments[1]), size = atoi(arguments[2]), poll = epoll_create1(0);
  status = arguments[3];
  no_body = !strcmp(status, "204") || !strcmp(status, "304");
  read_requests();
  Connection *connections = calloc(size, sizeof *connections);
  for (int i = 0; i < size; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    open_connection(&connections[i], port);
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &event);
    send_next(&connections[i]);
  }
  run(poll, connections, now() + atof(arguments[4]), 0);
  long before = responses;
  double started = now(), waited = run(poll, connections, started + atof(arguments[5]), 0);
  double seconds = now() - started;
  long counted = responses - before;
  run(poll, connections, 0, 1);
  printf("%ld %ld %.6f %.4f\n", responses, counted, seconds, waited / seconds);
}
