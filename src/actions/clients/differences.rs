//! Differences between an existing client and a requested one.

use crate::actions::clients::create::NewClient;
use crate::domain::client::{Client, Profile};

/// Returns the names of the fields in which an existing client differs from the requested one. Fields without a requested
/// value are not compared.
#[must_use]
pub fn differences(existing: &Client, requested: &NewClient) -> Vec<&'static str> {
    let mut fields = Vec::new();
    let mut compare = |differs: bool, field| {
        if differs {
            fields.push(field);
        }
    };
    compare(existing.direct_scopes != requested.scopes, "scope");
    compare(existing.group.as_ref().map(|group| &group.name) != requested.group.as_ref(), "group");
    compare(!same_expiry(existing, requested), "expires_at");
    compare(requested.owner.is_some() && existing.owner != requested.owner, "owner");
    compare(requested.description.is_some() && existing.description != requested.description, "description");
    if let (Profile::Consumer(old), Profile::Consumer(new)) = (&existing.profile, &requested.profile) {
        compare(old.grant_types != new.grant_types, "grant_types");
        compare(old.confidentiality.is_public() != new.confidentiality.is_public(), "public");
        compare(old.redirect_uris != new.redirect_uris, "redirect_uris");
        compare(old.web_origins != new.web_origins, "web_origins");
        compare(new.title.is_some() && old.title != new.title, "title");
        let lifetimes = [
            (old.access_token_lifetime, new.access_token_lifetime, "access_token_lifetime"),
            (old.refresh_token_lifetime, new.refresh_token_lifetime, "refresh_token_lifetime"),
        ];
        for (old, new, field) in lifetimes {
            compare(new.is_some() && old != new, field);
        }
        compare(
            new.refresh_token_grace.is_some() && old.refresh_token_grace != new.refresh_token_grace,
            "refresh_token_grace",
        );
        compare(
            new.refresh_family_lifetime.is_some()
                && old.refresh_family_lifetime != new.refresh_family_lifetime,
            "refresh_family_lifetime",
        );
        let (old, new) = (old.confidentiality.safeguards(), new.confidentiality.safeguards());
        compare(old.pkce != new.pkce, "pkce");
        compare(old.refresh_rotation != new.refresh_rotation, "refresh_rotation");
    }
    fields
}

/// Returns true if no expiry is requested or if it equals the existing one. A relative expiry counts from the creation of
/// the client.
fn same_expiry(existing: &Client, requested: &NewClient) -> bool {
    requested.expires.is_none_or(|when| when.resolve(existing.created_at) == existing.expires_at)
}
