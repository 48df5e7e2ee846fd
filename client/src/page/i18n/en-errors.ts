import type { Facts, Rule } from "./facts";

const later = ({ wait }: Facts) => (wait ? `try again in ${wait} s.` : "try again in a while.");

/** Why something was refused, by the code of the error: docs/protocol.md, and those of the client library. */
const codes = {
  bad_request: "The server cannot read this request.",
  bad_body: "The server cannot read what was sent.",
  unreadable: "What was sent or answered cannot be read: try again in a while.",
  unauthorized: "Log in to do this.",
  bad_token: "Your login is not valid any more, or your account was deleted.",
  expired_token: "Your login has ended: log in again.",
  signed_out: "You have been logged out everywhere, or your password was changed: log in again.",
  account_disabled: "Your account has been disabled by an owner of this site.",
  wrong_password: "The current password is wrong.",
  bad_reset: "This link has been used, is too old, or was replaced by a newer one.",
  last_owner: "This is the only owner: make another one first.",
  no_mail: "This server sends no e-mail: ask the owner for a link for a new password.",
  wrong_credentials: "The email or the password is wrong.",
  forbidden: "You may not do this.",
  token_scope: "This token does not allow that.",
  members_only: "This room is only for registered users.",
  banned: ({ room, until, reason }: Facts) =>
    `You are banned ${room ? `from the room ${room}` : "here"}${until && ` until ${until}`}${reason ? `: ${reason}` : "."}`,
  room_archived: "The room is archived: it can only be read.",
  nick_reserved: ({ name }: Facts) => `${name || "This nick"} is reserved, or belongs to a registered user: log in to use it, or choose another.`,
  registration_closed: "Nobody can register here.",
  not_found: ({ source }: Facts) => (source === "room" ? "There is no room of this name." : "This does not exist, or not any more."),
  nobody_here: ({ name }: Facts) => `Nobody is here as ${name || "that"}.`,
  unknown_event: "The server does not know this: reload the page.",
  method_not_allowed: "The server does not know this: reload the page.",
  request_timeout: "It took too long to send this: try again.",
  conflict: "This was changed by others meanwhile: reload the page.",
  email_taken: "This email is registered already.",
  nick_taken: ({ name }: Facts) => `Somebody else is here ${name ? `as ${name}` : "under this nick"}: choose another nick.`,
  room_exists: ({ name }: Facts) => `There is, or there was, a room ${name || "of this name"}: choose another name.`,
  room_needed: "The settings of the server name this room: it cannot be deleted.",
  too_many_tokens: ({ number }: Facts) => `You may have ${number || "no more"} tokens: revoke some first.`,
  time_passed: "That time has passed.",
  too_many_rooms: ({ number }: Facts) => `There may be ${number || "no more"} rooms here.`,
  week_taken: "This week’s report belongs to somebody else.",
  key_reused: "This was sent already, with another text.",
  gone: "This is not there any more.",
  deleted: "This message was deleted.",
  room_deleted: "The room was deleted.",
  pruned: "This was stored, and has been removed since.",
  request_entity_too_large: "This is too large.",
  invalid: "This is not accepted.",
  nick_required: "Choose a nick to write.",
  too_long: ({ number }: Facts) => (number ? `This is too long: at most ${number} characters are accepted.` : "This is too long."),
  unknown_author: "Nobody can be recognised as the author of this message: choose “The address, too”.",
  bad_command: "There is no such command, or something is missing from it: see /help. A second slash sends the first.",
  rate_limited: (facts: Facts) => `Too much at once: ${later(facts)}`,
  too_many_connections: (facts: Facts) => `There are too many connections from your network: ${later(facts)}`,
  not_supported: "This server cannot do that.",
  internal_error: "Something went wrong in the server, which has noted it.",
  busy: (facts: Facts) => `The server has too much to do: ${later(facts)}`,
  worker_failed: "The text could not be rendered, and nothing was stored: try again.",
  storage_unavailable: "The server cannot read or store right now: try again in a while.",
  outcome_unknown: "It is not known whether this was stored: look, before you try again.",
  foreign_database: "The server’s database was replaced: nothing is stored until the server is restarted.",
  // Of the client library.
  unreachable: "The server does not answer: try again in a while.",
  closed: "The connection was closed.",
  sent_as_another: "This was being sent under another name. Whether it arrived is not known.",
};

/** What is wrong with a field, by the server's text, which is shown where no rule matches in English. */
const faults: Rule[] = [[/^must have at least 1 entry$/, () => "choose at least one"]];

/** The names of fields, where a fault is not shown beside its field. */
const fields: Record<string, string> = {
  email: "Email",
  password: "Password",
  nick: "Nick",
  name: "Name",
  headline: "In one line",
  text: "Text",
  links: "Links",
  picture: "Picture",
  title: "Title",
  week: "Week",
  reason: "Why",
  scopes: "It may",
  rooms: "Rooms",
};

/** Texts of the server that are shown in the chat, to this user alone. */
const notices: Rule[] = [];

export type ErrorTexts = {
  codes: Record<keyof typeof codes, string | ((facts: Facts) => string)>;
  faults: readonly Rule[];
  fields: Record<string, string>;
  notices: readonly Rule[];
  /** Whether the server's own texts are in this language. */
  english: boolean;
};

export const errors: ErrorTexts = { codes, faults, fields, notices, english: true };
