// Sentences with a number, in the forms that the language of the page has for it.

// `forms` are sentences for 1, 2 and 5 of a thing; the number in them is replaced.
export function plural({ one, few, many }, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return ({ one, few }[form] ?? many).replace(/\d+/, count);
}
