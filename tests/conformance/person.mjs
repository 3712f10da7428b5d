// The person in front of the browser: opens the page of a device flow and goes through the provider's own forms.
//
//   person.mjs URL LOGIN [deny]
import { pathToFileURL } from 'node:url';

const MOST_PAGES = 12;

class Browser {
  #cookies = new Map();

  async open(url, form) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: { accept: 'text/html', cookie: [...this.#cookies].map((cookie) => cookie.join('=')).join('; ') },
      body: form && new URLSearchParams(form),
      redirect: 'manual',
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    const location = response.headers.get('location');
    return { status: response.status, next: location && new URL(location, url).href, html: await response.text() };
  }
}

// The first form of a page with its fields, or nothing.
function formOf(html, url) {
  const [form, action] = /<form[^>]*action="([^"]+)"[\s\S]*?<\/form>/.exec(html) ?? [];
  if (!form) return undefined;
  const fields = {};
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const [, name] = /name="([^"]+)"/.exec(input) ?? [];
    if (name) fields[name] = (/value="([^"]*)"/.exec(input) ?? [])[1] ?? '';
  }
  return { action: new URL(action, url).href, fields };
}

// Approves (or denies) the device that shows `url`; returns the pages that were seen.
export async function approve(url, login, { deny = false } = {}) {
  const browser = new Browser();
  const seen = [];
  let page = await browser.open(url);
  for (let at = url; seen.length < MOST_PAGES;) {
    if (page.next) {
      at = page.next;
      page = await browser.open(at);
      continue;
    }
    if (page.status >= 400) throw new Error(`the page ${at} answered ${page.status}: ${page.html.slice(0, 300)}`);
    const form = formOf(page.html, at);
    if (!form) return seen;
    seen.push(Object.keys(form.fields).sort().join(','));
    if ('login' in form.fields) Object.assign(form.fields, { login, password: 'any' });
    if ('confirm' in form.fields && deny) form.fields = { ...form.fields, confirm: '', abort: 'yes' };
    at = form.action;
    page = await browser.open(at, form.fields);
    if (deny && form.fields.abort) return seen;
  }
  throw new Error('the forms do not come to an end');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log((await approve(process.argv[2], process.argv[3], { deny: process.argv[4] === 'deny' })).join(' > '));
