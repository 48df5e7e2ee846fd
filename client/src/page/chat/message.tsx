import { useState } from "preact/hooks";
import type { Message, Room } from "../../lib/index.js";
import { CopyAddress } from "../copy-address";
import { messageOf } from "../errors";
import { formatDateTime, formatTime } from "../format";
import { texts } from "../i18n";
import { LinkedText } from "../links";
import { paths } from "../route";
import { Author } from "./author";
import { EditForm } from "./edit-form";

interface Props {
  message: Message;
  room: Room;
  /** Whether it is the first of a group, which shows the author. */
  first: boolean;
  mine: boolean;
  mayChange: boolean;
  mayDelete: boolean;
  /** Whether it is the list's Tab stop. */
  active: boolean;
  /** Whether it is the message of the page's address, or the one that a search has found. */
  highlighted: boolean;
  editing: boolean;
  onEdit: (id: number | null) => void;
  /** Opens the dialog about the sender; null for those who may not moderate. */
  onModerate: (() => void) | null;
}

export function MessageRow(props: Props) {
  const { message, first, mine, active, editing, onEdit } = props;
  const classes = ["row", "message", mine && "mine", first && "first", message.deleted && "gone"];
  return (
    <li
      class={classes.filter(Boolean).join(" ")}
      data-id={message.id}
      tabIndex={active ? 0 : -1}
      aria-current={props.highlighted ? "location" : undefined}
    >
      {first && <Author message={message} mine={mine} />}
      <div class="line">
        {editing ? (
          <EditForm message={message} room={props.room} onClose={() => onEdit(null)} />
        ) : (
          <MessageBody {...props} />
        )}
      </div>
    </li>
  );
}

function MessageBody(props: Props) {
  const { message } = props;
  return (
    <>
      <div class="bubble">
        <p class="text" dir="auto">
          {message.deleted ? texts.chat.deleted : <MessageText text={message.text ?? ""} />}
        </p>
        <span class="when">
          {message.edited && !message.deleted && (
            <span title={formatDateTime(message.edited)}>{texts.chat.edited} </span>
          )}
          <time dateTime={message.time} title={formatDateTime(message.time)}>
            {formatTime(message.time)}
          </time>
        </span>
      </div>
      <MessageActions {...props} />
    </>
  );
}

/** A text between asterisks, as the command `/me` stores it. */
const ACTION = /^\*([^*\n]+)\*$/;

function MessageText({ text }: { text: string }) {
  const action = ACTION.exec(text)?.[1];
  return action ? <em><LinkedText text={action} /></em> : <LinkedText text={text} />;
}

/** Edit, delete with a confirmation in place of the buttons, the address, and the dialog for moderators. */
function MessageActions({ message, room, active, mayChange, mayDelete, onEdit, onModerate }: Props) {
  const [confirming, setConfirming] = useState(false);
  const [error, setError] = useState("");
  const tabIndex = active ? 0 : -1;
  const ask = () => {
    setConfirming(true);
    setError("");
  };
  const answer = (event: MouseEvent, confirmed: boolean) => {
    // The second click of a double click on the button that asks.
    if (event.detail > 1) return;
    // The button that has the focus goes.
    (event.currentTarget as HTMLElement).closest("li")?.focus();
    setConfirming(false);
    if (confirmed) room.delete(message.id).catch((reason: unknown) => setError(messageOf(reason)));
  };
  if (confirming && mayDelete)
    return (
      <span class="actions asking" role="group" aria-label={texts.chat.removeSure}>
        <button type="button" class="danger" onClick={(event) => answer(event, true)} ref={focus}>
          {texts.chat.yes}
        </button>
        <button type="button" onClick={(event) => answer(event, false)}>
          {texts.chat.no}
        </button>
      </span>
    );
  return (
    <>
      <span class="actions">
        {mayChange && (
          <button type="button" tabIndex={tabIndex} onClick={() => onEdit(message.id)}>
            {texts.chat.edit}
          </button>
        )}
        {mayDelete && (
          <button type="button" tabIndex={tabIndex} onClick={ask}>
            {texts.chat.remove}
          </button>
        )}
        <CopyAddress path={paths.message(room.name, message.id)} label={texts.copy.link} tabIndex={tabIndex} />
        {onModerate && (
          <button type="button" tabIndex={tabIndex} aria-haspopup="dialog" onClick={onModerate}>
            {texts.moderation.open}
          </button>
        )}
      </span>
      {error && !message.deleted && <span class="fault" role="alert">{error}</span>}
    </>
  );
}

/** Defined once, since Preact calls a new function at each render: that would take the focus from the other button. */
const focus = (element: HTMLElement | null) => element?.focus();
