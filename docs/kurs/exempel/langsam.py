"""En långsam klient: den ansluter till en broadcast, och läser sedan ingenting.

Starta med `.venv/bin/python docs/kurs/exempel/langsam.py PORT`, avsluta med Enter.
"""

import socket
import sys

port = int(sys.argv[1])
handshake = f"""\
GET /ws/broadcast HTTP/1.1
Host: 127.0.0.1:{port}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: bMOlbmdzYW0ga2xpZW50IQ==
Sec-WebSocket-Protocol: broadcast-protocol

"""

connection = socket.create_connection(("127.0.0.1", port))
connection.sendall(handshake.replace("\n", "\r\n").encode())
print(connection.recv(1000).decode(errors="replace").splitlines()[0])
print("Nu läser jag ingenting. Tryck Enter för att sluta.", flush=True)
sys.stdin.readline()
