import type { ErrorTexts } from "./en-errors";
import type { Facts, Rule } from "./facts";

const later = ({ wait }: Facts) => (wait ? `försök igen om ${wait} s.` : "försök igen om en stund.");

const codes: ErrorTexts["codes"] = {
  bad_request: "Servern förstår inte den här begäran.",
  bad_body: "Servern kan inte läsa det som skickades.",
  unreadable: "Det som skickades eller svarades går inte att läsa: försök igen om en stund.",
  unauthorized: "Logga in för att göra det här.",
  bad_token: "Din inloggning gäller inte längre, eller så är ditt konto borttaget.",
  expired_token: "Din inloggning har gått ut: logga in igen.",
  signed_out: "Du har loggats ut överallt, eller så har ditt lösenord ändrats: logga in igen.",
  account_disabled: "En ägare till webbplatsen har stängt av ditt konto.",
  wrong_password: "Det nuvarande lösenordet är fel.",
  bad_reset: "Länken är använd, för gammal eller ersatt av en nyare.",
  last_owner: "Det här är den enda ägaren: gör någon annan till ägare först.",
  no_mail: "Den här servern skickar ingen e-post: be ägaren om en länk för ett nytt lösenord.",
  wrong_credentials: "E-posten eller lösenordet är fel.",
  forbidden: "Det får du inte göra.",
  token_scope: "Den här nyckeln tillåter inte det.",
  members_only: "Rummet är bara för registrerade användare.",
  banned: ({ room, until, reason }) =>
    `Du är avstängd ${room ? `från rummet ${room}` : "här"}${until && ` till ${until}`}${reason ? `: ${reason}` : "."}`,
  room_archived: "Rummet är arkiverat: det kan bara läsas.",
  nick_reserved: ({ name }) =>
    `${name || "Smeknamnet"} är reserverat, eller tillhör en registrerad användare: logga in för att använda det, eller välj ett annat.`,
  registration_closed: "Här kan ingen registrera sig.",
  not_found: ({ source }) => (source === "room" ? "Det finns inget rum med det namnet." : "Det finns inte, eller inte längre."),
  nobody_here: ({ name }) => `Ingen är här som ${name || "det"}.`,
  unknown_event: "Det känner servern inte till: ladda om sidan.",
  method_not_allowed: "Det känner servern inte till: ladda om sidan.",
  request_timeout: "Det tog för lång tid att skicka: försök igen.",
  conflict: "Andra har ändrat det här under tiden: ladda om sidan.",
  email_taken: "E-posten är redan registrerad.",
  nick_taken: ({ name }) => `Någon annan är här ${name ? `som ${name}` : "med det smeknamnet"}: välj ett annat smeknamn.`,
  room_exists: ({ name }) => `Det finns, eller har funnits, ett rum ${name || "med det namnet"}: välj ett annat namn.`,
  room_needed: "Serverns inställningar nämner rummet: det kan inte raderas.",
  too_many_tokens: ({ number }) => `Du får ha ${number || "inte fler"} nycklar: återkalla några först.`,
  time_passed: "Den tiden har passerat.",
  too_many_rooms: ({ number }) => `Här får det finnas ${number || "inte fler"} rum.`,
  week_taken: "Veckans rapport tillhör någon annan.",
  key_reused: "Det här har redan skickats, med en annan text.",
  gone: "Det finns inte längre.",
  deleted: "Meddelandet är borttaget.",
  room_deleted: "Rummet är raderat.",
  pruned: "Det lagrades, och har tagits bort sedan dess.",
  request_entity_too_large: "Det är för stort.",
  invalid: "Det godtas inte.",
  nick_required: "Välj ett smeknamn för att skriva.",
  too_long: ({ number }) => (number ? `Det är för långt: högst ${number} tecken godtas.` : "Det är för långt."),
  unknown_author: "Det går inte att känna igen vem som skrev meddelandet: välj ”Även adressen”.",
  bad_command: "Det finns inget sådant kommando, eller så saknas något i det: se /help. Ett andra snedstreck skickar det första.",
  rate_limited: (facts) => `För mycket på en gång: ${later(facts)}`,
  too_many_connections: (facts) => `Det är för många anslutningar från ditt nätverk: ${later(facts)}`,
  not_supported: "Det kan inte den här servern.",
  internal_error: "Något gick fel i servern, som har noterat det.",
  busy: (facts) => `Servern har för mycket att göra: ${later(facts)}`,
  worker_failed: "Texten kunde inte visas, och ingenting lagrades: försök igen.",
  storage_unavailable: "Servern kan inte läsa eller lagra just nu: försök igen om en stund.",
  outcome_unknown: "Det är inte känt om det lagrades: titta efter, innan du försöker igen.",
  foreign_database: "Serverns databas har bytts ut: ingenting lagras förrän servern startas om.",
  unreachable: "Servern svarar inte: försök igen om en stund.",
  closed: "Anslutningen är stängd.",
  sent_as_another: "Det här skickades under ett annat namn. Det är inte känt om det kom fram.",
};

const faults: Rule[] = [
  [/^is missing$/, () => "saknas"],
  [/^must not be empty$|^A message needs text\.$/, () => "får inte vara tomt"],
  [/^must have at least (\d+) characters$/, (count) => `måste ha minst ${count} tecken`],
  [/^must have at most (\d+) characters$/, (count) => `får ha högst ${count} tecken`],
  [/^must be a whole number$/, () => "måste vara ett heltal"],
  [/^must be a number$/, () => "måste vara ett tal"],
  [/^must be a text$/, () => "måste vara en text"],
  [/^must be a list$/, () => "måste vara en lista"],
  [/^must be true or false$/, () => "måste vara ja eller nej"],
  [/^must be an object/, () => "måste ha fält med namn"],
  [/^must be more than (\S+)$/, (least) => `måste vara mer än ${least}`],
  [/^must be at least (\S+)$/, (least) => `måste vara minst ${least}`],
  [/^must be at most (\S+)$/, (most) => `får vara högst ${most}`],
  [/^must be ('.*)$/, (choice) => `måste vara något av ${choice.replace(" or ", ", ")}`],
  [/^must contain something that can be seen$/, () => "måste innehålla något som syns"],
  [/^must not contain control/, () => "får inte innehålla styrtecken eller osynliga tecken"],
  [/^must be one line/, () => "måste vara en rad, utan styrtecken"],
  [/^must have a letter below its marks/, () => "får ha högst två accenter på en bokstav"],
  [/^must be a name of at most (\d+) characters/, (most) =>
    `måste vara ett namn på högst ${most} tecken, som mitt-rum: det börjar med en liten bokstav eller en siffra, och fortsätter med sådana, _ och -`],
  [/^must be an address that begins with (.*)$/, (starts) => `måste vara en adress som börjar med ${starts.replace(" or ", " eller ")}`],
  [/^is not a title and an address.*?: (.*)$/, (line) => `är inte en titel och en adress (https://…): ${line}`],
  [/^is not an email address/, () => "är ingen e-postadress, som namn@example.com"],
  [/^is not valid$/, () => "godtas inte"],
  [/^is no field/, () => "hör inte hit"],
  [/^must have at least (\d+) entry$/, (least) => (least === "1" ? "välj minst en" : `välj minst ${least}`)],
  [/^must have at most (\d+) entries$/, (most) => `får ha högst ${most} rader`],
  [/^must be valid Unicode/, () => "innehåller tecken som inte kan lagras"],
  [/^must be a time with its zone/, () => "måste vara en tid med tidszon, som 2026-11-20T08:15:30Z, eller ett datum"],
  [/^is no time of the calendar$|^is beyond the calendar$/, () => "finns inte i kalendern"],
  [/^is not a time such as/, () => "är ingen tid, som 2026-11-20T08:15:30Z, och inget datum"],
  [/^The current password is needed/, () => "det nuvarande lösenordet behövs"],
  [/^A name is needed/, () => "ett namn behövs: ingen har skrivit något än"],
  [/^Only guests are banned/, () => "bara gäster stängs av med sin adress"],
  [/^Search for at least/, () => "sök efter minst ett ord eller tecken"],
  [/^At most (\d+) words/, (most) => `högst ${most} ord kan sökas åt gången`],
  [/^At least (\d+) letters/, (least) => `minst ${least} bokstäver eller siffror behövs före en *`],
];

const fields = {
  email: "E-post",
  password: "Lösenord",
  nick: "Smeknamn",
  name: "Namn",
  headline: "På en rad",
  text: "Text",
  links: "Länkar",
  picture: "Bild",
  title: "Rubrik",
  week: "Vecka",
  reason: "Varför",
  scopes: "Den får",
  rooms: "Rum",
};

const unverified = (nick: string) => nick.replace(/ \(unverified\)$/, " (overifierad)");

const notices: Rule[] = [
  [
    /^\/clients - /,
    () =>
      "/clients - vilka som är här\n" +
      "/nick NAMN - fortsätt med ett annat smeknamn\n" +
      "/me TEXT - säg vad du gör\n" +
      "/msg NAMN TEXT - säg det bara till en, lagras inte; ”ett namn” av flera ord inom citattecken\n" +
      "/help - det här\n" +
      "//TEXT - skicka en text som börjar med ett snedstreck",
  ],
  [/^Nobody is in (\S+)\.$/, (room) => `Ingen är i ${room}.`],
  [/^(\d+ in) (\S+: .*)$/s, (count, nicks) => `${count.replace("in", "i")} ${nicks}`],
  [/^You are ([^:]+) now\.$/, (nick) => `Du är ${nick} nu.`],
  [/^To ([^:]+: .*)$/s, (said) => `Till ${said}`],
  [/^(.+?) to you: (.*)$/s, (nick, said) => `${unverified(nick)} till dig: ${said}`],
  [/^Somebody else has taken your nick/, () => "Någon annan har tagit ditt smeknamn medan servern var avskuren: välj ett annat."],
];

export const errors: ErrorTexts = { codes, faults, fields, notices, english: false };
