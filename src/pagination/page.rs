//! Pages as JSON text, in the shapes that `index.d.ts` gives.

use super::cursor::Signer;
use super::render::{member, number, or_null, string};
use super::view::View;
use crate::error::{Error, Result};

/// The longest string that V8 holds, and so the longest page.
const MAX_JSON_BYTES: usize = (1 << 29) - 24;

/// A page's address with a hole in it for what tells one page from another.
#[derive(Debug, Clone)]
pub struct Link {
    pub before: String,
    pub after: String,
}

impl Link {
    fn write(&self, out: &mut Vec<u8>, value: &str) {
        string(out, &format!("{}{value}{}", self.before, self.after));
    }
}

/// A page, and what the pages beside it are called.
pub struct Linked {
    pub json: Vec<u8>,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub last: Option<String>,
}

/// The rows of a page as arrays.
///
/// # Errors
/// As `View::page`; `ERR_INVALID_PAGE` for a page that no string can hold.
pub fn rows(view: &View, page: u64, size: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    view.selection().arrays(&mut out, &view.page(page, size)?);
    checked(out)
}

/// `getHyper`: a page of arrays, and where it stands.
///
/// # Errors
/// As `rows`.
pub fn hyper(view: &View, page: u64, size: u64) -> Result<Vec<u8>> {
    let records = view.page(page, size)?;
    let total_pages = u64::from(view.len()).div_ceil(size.max(1));
    let mut out = Vec::new();
    member(&mut out, "page_size", |out| number(out, records.len() as u64));
    member(&mut out, "page", |out| number(out, page));
    member(&mut out, "data", |out| view.selection().arrays(out, &records));
    member(&mut out, "next_page", |out| {
        or_null(out, (page < total_pages).then(|| page + 1), number);
    });
    member(&mut out, "prev_page", |out| or_null(out, (page > 1).then(|| page - 1), number));
    member(&mut out, "total_pages", |out| number(out, total_pages));
    closed(out)
}

/// `getHyperIndex`: arrays from a row number on, and the next row number.
///
/// # Errors
/// As `View::from_index`.
pub fn hyper_index(view: &View, index: u64, size: u64) -> Result<Vec<u8>> {
    let page = view.from_index(index, size, true)?;
    let mut out = Vec::new();
    member(&mut out, "index", |out| number(out, index));
    member(&mut out, "next_index", |out| or_null(out, page.next.map(u64::from), number));
    member(&mut out, "page_size", |out| number(out, page.records.len() as u64));
    member(&mut out, "data", |out| view.selection().arrays(out, &page.records));
    closed(out)
}

/// The page model: a page of objects, where it stands, and the addresses beside it.
///
/// # Errors
/// As `rows`.
pub fn page(view: &View, page: u64, size: u64, link: &Link) -> Result<Vec<u8>> {
    let records = view.page(page, size)?;
    let total = u64::from(view.len());
    let total_pages = total.div_ceil(size.max(1));
    let url = |out: &mut Vec<u8>, page: u64| link.write(out, &page.to_string());
    let mut out = Vec::with_capacity(256 + records.len() * 256);
    member(&mut out, "data", |out| view.selection().objects(out, &records));
    member(&mut out, "page", |out| number(out, page));
    member(&mut out, "page_size", |out| number(out, size));
    member(&mut out, "total", |out| number(out, total));
    member(&mut out, "total_pages", |out| number(out, total_pages));
    member(&mut out, "next_url", |out| or_null(out, (page < total_pages).then(|| page + 1), url));
    member(&mut out, "prev_url", |out| or_null(out, (page > 1).then(|| page - 1), url));
    closed(out)
}

/// Objects from a row number on, with the row numbers and addresses beside them.
///
/// # Errors
/// As `View::from_index`.
pub fn index(view: &View, index: u64, size: u64, link: &Link) -> Result<Linked> {
    let page = view.from_index(index, size, false)?;
    let next = page.next.map(|row| row.to_string());
    let previous = page.previous.map(|row| row.to_string());
    let mut out = Vec::new();
    member(&mut out, "index", |out| number(out, index));
    member(&mut out, "next_index", |out| or_null(out, page.next.map(u64::from), number));
    member(&mut out, "page_size", |out| number(out, page.records.len() as u64));
    member(&mut out, "data", |out| view.selection().objects(out, &page.records));
    urls(&mut out, link, next.as_deref(), previous.as_deref());
    let last = view.last_index(size).map(|row| row.to_string());
    Ok(Linked { json: closed(out)?, next, previous, last })
}

/// Objects from a cursor on, and the cursors beside them; with their addresses where `link` is
/// given.
///
/// # Errors
/// As `Signer::decode` and `Table::read`.
pub fn after(
    view: &View,
    cursor: Option<&str>,
    limit: u64,
    signer: &Signer,
    link: Option<&Link>,
) -> Result<Linked> {
    let cursor = cursor.map(|text| signer.decode(text, view.binding())).transpose()?;
    let page = view.after(cursor, limit)?;
    let encode = |cursor| signer.encode(cursor, view.binding());
    let (next, previous) = (page.next.map(encode), page.previous.map(encode));
    let mut out = Vec::new();
    let text = |out: &mut Vec<u8>, text: &String| string(out, text);
    member(&mut out, "data", |out| view.selection().objects(out, &page.records));
    member(&mut out, "next_cursor", |out| or_null(out, next.as_ref(), text));
    member(&mut out, "prev_cursor", |out| or_null(out, previous.as_ref(), text));
    member(&mut out, "has_more", |out| {
        out.extend_from_slice(if next.is_some() { b"true" } else { b"false" });
    });
    if let Some(link) = link {
        urls(&mut out, link, next.as_deref(), previous.as_deref());
    }
    let last = Some(encode(view.last_cursor()));
    Ok(Linked { json: closed(out)?, next, previous, last })
}

fn urls(out: &mut Vec<u8>, link: &Link, next: Option<&str>, previous: Option<&str>) {
    member(out, "next_url", |out| or_null(out, next, |out, value| link.write(out, value)));
    member(out, "prev_url", |out| or_null(out, previous, |out, value| link.write(out, value)));
}

fn closed(mut out: Vec<u8>) -> Result<Vec<u8>> {
    out.push(b'}');
    checked(out)
}

fn checked(out: Vec<u8>) -> Result<Vec<u8>> {
    if out.len() <= MAX_JSON_BYTES { Ok(out) } else { Err(too_large()) }
}

/// The error for a page that is more than a string can hold.
pub(super) fn too_large() -> Error {
    Error::InvalidPage {
        argument: "pageSize".into(),
        message: format!(
            "pageSize asks for more text than a page can hold ({MAX_JSON_BYTES} bytes); ask for \
             fewer rows"
        ),
    }
}
