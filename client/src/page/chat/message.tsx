import { useState } from "preact/hooks";
import type { Message, Room } from "../../lib/index.js";
import { momentOf, timeOf } from "../format";
import { Linked } from "../links";
import { texts } from "../i18n";
import { Author } from "./author";
import { EditForm } from "./edit-form";

interface Props {
  message: Message;
  room: Room;
  /** Whether it begins a group: then it bears the name. */
  first: boolean;
  mine: boolean;
  mayChange: boolean;
  /** Whether the keyboard is at this row. */
  active: boolean;
  editing: boolean;
  onEdit: (id: number | null) => void;
}

export function MessageRow(props: Props) {
  const { message, first, mine, active, editing, onEdit } = props;
  const classes = ["row", "message", mine && "mine", first && "first", message.deleted && "gone"];
  return (
    <li class={classes.filter(Boolean).join(" ")} data-id={message.id} tabIndex={active ? 0 : -1}>
      {first && <Author message={message} mine={mine} />}
      <div class="line">
        {editing ? (
          <EditForm message={message} room={props.room} onEnd={() => onEdit(null)} />
        ) : (
          <Body {...props} />
        )}
      </div>
    </li>
  );
}

function Body(props: Props) {
  const { message, mayChange } = props;
  return (
    <>
      <div class="bubble">
        <p class="text" dir="auto">
          {message.deleted ? texts.chat.deleted : <Said text={message.text ?? ""} />}
        </p>
        <span class="when">
          {message.edited && !message.deleted && (
            <span title={momentOf(message.edited)}>{texts.chat.edited} </span>
          )}
          <time dateTime={message.time} title={momentOf(message.time)}>
            {timeOf(message.time)}
          </time>
        </span>
      </div>
      {mayChange && <Actions {...props} />}
    </>
  );
}

/** A text between asterisks is an action: `/me` writes it so. */
const ACTION = /^\*([^*\n]+)\*$/;

export function Said({ text }: { text: string }) {
  const action = ACTION.exec(text)?.[1];
  return action ? <em><Linked text={action} /></em> : <Linked text={text} />;
}

/** Edit and delete; deleting asks once more, in the same place. */
function Actions({ message, room, active, onEdit }: Props) {
  const [asking, ask] = useState(false);
  const [fault, setFault] = useState("");
  const reach = active ? 0 : -1;
  const remove = () => room.delete(message.id).catch((error: Error) => setFault(error.message));
  if (fault) return <span class="fault" role="alert">{fault}</span>;
  if (asking)
    return (
      <span class="actions asking" role="group" aria-label={texts.chat.removeSure}>
        <button type="button" class="danger" onClick={remove} ref={(button) => button?.focus()}>
          {texts.chat.yes}
        </button>
        <button type="button" onClick={() => ask(false)}>
          {texts.chat.no}
        </button>
      </span>
    );
  return (
    <span class="actions">
      <button type="button" tabIndex={reach} onClick={() => onEdit(message.id)}>
        {texts.chat.edit}
      </button>
      <button type="button" tabIndex={reach} onClick={() => ask(true)}>
        {texts.chat.remove}
      </button>
    </span>
  );
}
