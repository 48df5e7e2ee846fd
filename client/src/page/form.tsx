/** Forms: a section that sends its fields, and shows beside each of them what the server refuses. */

import { createContext } from "preact";
import type { ComponentChildren } from "preact";
import { useContext, useState } from "preact/hooks";
import { ApiError } from "../lib/index.js";
import { explain, messageOf } from "./errors";
import { texts } from "./i18n";

interface Props {
  id: string;
  title: string;
  button: string;
  danger?: boolean;
  /** What the button says when it asks once more; without it, it does not. */
  sure?: string;
  children?: ComponentChildren;
  /** Sends the fields; returns what is said then. What it throws is shown. */
  onSend: (field: (name: string) => string, data: FormData) => Promise<string>;
}

interface Refusal {
  /** The problems whose `source` is a field of the form, by its name. */
  fields: ReadonlyMap<string, string>;
  /** The details of all other problems. */
  rest: readonly string[];
}

const NOTHING: Refusal = { fields: new Map(), rest: [] };
const FieldProblems = createContext(NOTHING.fields);

/** A section with a form: its heading, its fields, and what came of it. */
export function SectionForm({ id, title, button, danger = false, sure = "", children, onSend }: Props) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  const [refusal, setRefusal] = useState(NOTHING);

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    setAsking(sure !== "" && !asking);
    if (sure && !asking) return;
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    setBusy(true);
    setDone("");
    setRefusal(NOTHING);
    try {
      setDone(await onSend((name) => String(data.get(name) ?? ""), data));
      form.reset();
    } catch (reason) {
      setRefusal(refusalOf(reason, form));
    }
    setBusy(false);
  };
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <form class="sheet section-form" onSubmit={send}>
        <FieldProblems.Provider value={refusal.fields}>{children}</FieldProblems.Provider>
        <p role="status">{done}</p>
        {refusal.rest.map((detail) => (
          <p key={detail} class="fault" role="alert">
            {detail}
          </p>
        ))}
        <div class="buttons">
          <button
            type="submit"
            class={danger || asking ? "danger" : "primary"}
            disabled={busy}
            // The second click of a double click confirms nothing.
            onClick={(event) => asking && event.detail > 1 && event.preventDefault()}
          >
            {asking ? sure : button}
          </button>
          {asking && (
            <button type="button" onClick={() => setAsking(false)}>
              {texts.editor.cancel}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

function refusalOf(reason: unknown, form: HTMLFormElement): Refusal {
  if (!(reason instanceof ApiError)) return { ...NOTHING, rest: [messageOf(reason)] };
  const fields = new Map<string, string>();
  const rest: string[] = [];
  for (const problem of reason.problems) {
    const { source } = problem;
    if (source && form.elements.namedItem(source)) fields.set(source, explain(problem, true));
    else rest.push(explain(problem));
  }
  return { fields, rest };
}

interface FieldProps {
  id: string;
  /** As the API calls it, so that its problems are shown here. */
  name: string;
  label: string;
  type?: "text" | "email" | "password" | "number";
  value?: string;
  hint?: string;
  autocomplete?: string;
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
  required?: boolean;
}

export function Field({ id, label, type = "text", value = "", hint = "", required = true, ...input }: FieldProps) {
  const problem = useContext(FieldProblems).get(input.name);
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...{ id, required, ...input }}
        type={type as "text"}
        defaultValue={value}
        aria-describedby={described || undefined}
        aria-invalid={problem ? true : undefined}
        {...(type === "number" && { min: 0 })}
      />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
      {problem && (
        <p id={`${id}-problem`} class="fault" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  id: string;
  name: string;
  label: string;
  /** Each with its value, and how it is shown. */
  options: readonly (readonly [string | number, string])[];
  value?: string;
}

export function Select({ id, name, label, options, value }: SelectProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {options.map(([option, text]) => (
          <option key={option} value={option} {...selectedByDefault(option === value)}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** As `selected`, but a form that is reset returns to it. Preact's types do not know the property. */
function selectedByDefault(selected: boolean): object {
  return { defaultSelected: selected };
}

interface ChoiceProps {
  type: "checkbox" | "radio";
  name: string;
  value: string;
  label: string;
  checked?: boolean;
  required?: boolean;
  onChoose?: () => void;
}

export function Choice({ label, onChoose, checked, ...input }: ChoiceProps) {
  return (
    <label class="choice">
      <input {...input} {...(checked !== undefined && { checked })} onChange={onChoose} /> {label}
    </label>
  );
}
