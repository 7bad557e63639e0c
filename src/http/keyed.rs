//! Callers whose API key has a role.

use axum::http::HeaderMap;

use super::Problem;
use super::extract::{bearer, key_of};
use crate::app::App;
use crate::config::{ApiKey, KeyRole};

/// The configured key that the caller sent, if one of its roles is among `roles`; `needed` is how the role is called.
///
/// # Errors
/// 401 without a known key, 403 with one that has none of these roles.
pub(super) fn keyed<'a>(
    app: &'a App,
    headers: &HeaderMap,
    roles: &[KeyRole],
    needed: &str,
) -> Result<&'a ApiKey, Problem> {
    let key = bearer(headers)?.and_then(|presented| key_of(app, presented));
    let key = key.ok_or_else(|| {
        Problem::unauthorised(format!("Send `Authorization: Bearer KEY` with a key that has the role `{needed}`."))
    })?;
    if !key.roles.iter().any(|role| roles.contains(role)) {
        return Err(Problem::forbidden(format!("This key's `roles` in `auth.keys` lack `{needed}`.")));
    }
    Ok(key)
}
