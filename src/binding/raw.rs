//! Functions made by hand, for the few calls that are paid a million times a second: unpacking
//! `this` and converting arguments would cost ten times the work itself.

use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Env, FromNapiValue, Function};
use napi::sys;

use super::NapiError;

/// What a function made here is called with.
pub struct Call<'a, T, const ARGS: usize> {
    pub env: sys::napi_env,
    pub data: &'a T,
    /// Arguments; those that were not given are undefined.
    pub args: [sys::napi_value; ARGS],
}

/// A JavaScript function that calls `callback` and owns a share of `data`.
pub fn function<'env, T>(
    env: &'env Env,
    name: &CStr,
    data: Rc<T>,
    callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
) -> napi::Result<Function<'env, (), ()>> {
    let mut function = ptr::null_mut();
    let data = Rc::into_raw(data).cast_mut().cast::<c_void>();
    let none = ptr::null_mut();
    // SAFETY: `data` is a strong reference that the finalizer gives back, and the function cannot
    // be called after it. A failure on the way leaks that reference and is reported.
    unsafe {
        let raw = env.raw();
        let len = name.count_bytes() as isize;
        check(sys::napi_create_function(
            raw,
            name.as_ptr(),
            len,
            Some(callback),
            data,
            &mut function,
        ))?;
        let release = Some(release::<T> as unsafe extern "C" fn(_, _, _));
        check(sys::napi_add_finalizer(raw, function, data, release, none, none.cast()))?;
        Function::from_napi_value(raw, function)
    }
}

/// Run the work of a callback; an error is thrown in JavaScript.
///
/// # Safety
/// Only from a callback that was given to [`function`] with data of type `T`.
pub unsafe fn run<T, const ARGS: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(Call<T, ARGS>) -> Result<(), NapiError>,
) -> sys::napi_value {
    let mut args = [ptr::null_mut(); ARGS];
    let (mut count, mut data) = (ARGS, ptr::null_mut());
    // SAFETY: napi fills in at most `count` arguments; `data` is what `function` gave.
    let data = unsafe {
        let this = ptr::null_mut();
        sys::napi_get_cb_info(env, info, &mut count, args.as_mut_ptr(), this, &mut data);
        data.cast::<T>().as_ref()
    };
    if let Some(data) = data
        && let Err(error) = work(Call { env, data, args })
    {
        let text = |text: &str| CString::new(text).unwrap_or_default();
        let (code, reason) = (text(&error.status), text(&error.reason));
        // SAFETY: both strings live through the call, which copies them.
        unsafe { sys::napi_throw_error(env, code.as_ptr(), reason.as_ptr()) };
    }
    ptr::null_mut()
}

unsafe extern "C" fn release<T>(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: gives back the reference that `function` took; a finalizer runs once.
    drop(unsafe { Rc::from_raw(data.cast::<T>()) });
}

fn check(status: sys::napi_status) -> napi::Result<()> {
    match status {
        sys::Status::napi_ok => Ok(()),
        status => Err(napi::Error::new(napi::Status::from(status), "cannot make a function")),
    }
}

/// Put the UTF-8 of a JavaScript string into `to`. Returns false where the value is no string.
///
/// # Safety
/// `value` must be of `env` and alive.
pub unsafe fn read_string(env: sys::napi_env, value: sys::napi_value, to: &mut Vec<u8>) -> bool {
    // The most that short strings take; longer ones are measured first.
    const GUESS: usize = 512;
    to.clear();
    to.reserve(GUESS);
    let mut len = 0;
    // SAFETY: at most the given number of bytes are written, and `len` says how many were.
    unsafe {
        let into = to.as_mut_ptr().cast();
        if sys::napi_get_value_string_utf8(env, value, into, GUESS, &mut len)
            != sys::Status::napi_ok
        {
            return false;
        }
        // Cut off before a character that no longer fits, so anything near the end may be a part.
        if len + 4 >= GUESS {
            sys::napi_get_value_string_utf8(env, value, ptr::null_mut(), 0, &mut len);
            to.reserve(len + 1);
            let into = to.as_mut_ptr().cast();
            sys::napi_get_value_string_utf8(env, value, into, len + 1, &mut len);
        }
        to.set_len(len);
    }
    true
}
