//! Tests with real tokens: made here by hand, and with keys and signatures made by OpenSSL.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use super::*;

const SECRET: &str = "a secret of at least 32 random bytes";

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn token(claims: Value) -> String {
    signed(&json!({"alg": "HS256", "typ": "JWT"}), &claims, SECRET.as_bytes())
}

fn now() -> u64 {
    UNIX_EPOCH.elapsed().expect("after 1970").as_secs()
}

fn jwt() -> Jwt {
    Jwt::new(JwtKey::hs256(SECRET).expect("a good secret"))
}

#[test]
fn a_good_token_stands_for_its_user() {
    let exp = now() + 60;
    let claims = json!({"sub": "7", "exp": exp, "iat": now(), "jti": "s", "roles": ["editor"]});
    let identity = jwt().verify(&token(claims)).expect("a good token");
    assert_eq!(identity.id(), Some("7"));
    assert_eq!(identity.claim::<Vec<String>>("roles"), Some(vec!["editor".to_owned()]));
    let user = identity.as_user().expect("a user");
    assert_eq!(user.expires_at, Some(UNIX_EPOCH + Duration::from_secs(exp + 30)));
    assert_eq!(user.session.as_deref(), Some("s"));
    let other = jwt().user_claim("user_id").verify(&token(json!({"user_id": 9, "exp": exp})));
    assert_eq!(other.expect("a good token").id(), Some("9"));
}

#[test]
fn what_is_not_good_is_refused() {
    let (soon, past) = (now() + 60, now() - 60);
    let good = json!({"sub": "7", "exp": soon});
    let header = |alg: &str| json!({"alg": alg, "typ": "JWT"});
    for (what, token) in [
        ("over", token(json!({"sub": "7", "exp": past}))),
        ("without an end", token(json!({"sub": "7"}))),
        ("an end that is no number", token(json!({"sub": "7", "exp": "never"}))),
        ("not yet", token(json!({"sub": "7", "exp": soon, "nbf": soon}))),
        ("for somebody else", token(json!({"sub": "7", "exp": soon, "aud": "other"}))),
        ("without a user", token(json!({"exp": soon}))),
        ("an empty user", token(json!({"sub": "", "exp": soon}))),
        ("another key", signed(&header("HS256"), &good, b"another secret of 32 random bytes")),
        ("another algorithm", signed(&header("HS512"), &good, SECRET.as_bytes())),
        ("none", format!("{}.{}.", part(&header("none")), part(&good))),
        ("none, signed", signed(&header("none"), &good, SECRET.as_bytes())),
        ("no claims", signed(&header("HS256"), &json!([1]), SECRET.as_bytes())),
        ("nothing", String::new()),
        ("dots", "...".to_owned()),
        ("no base64", "a.b.c".to_owned()),
    ] {
        let refused = jwt().verify(&token).expect_err(what);
        assert_eq!(refused.status(), 401, "{what}");
    }
}

#[test]
fn audience_and_issuer_have_to_be_there() {
    let exp = now() + 60;
    let jwt = jwt().audience("chat").issuer("us");
    let is_good = |claims: Value| jwt.verify(&token(claims)).is_ok();
    assert!(is_good(json!({"sub": "7", "exp": exp, "aud": ["x", "chat"], "iss": "us"})));
    assert!(!is_good(json!({"sub": "7", "exp": exp, "iss": "us"})));
    assert!(!is_good(json!({"sub": "7", "exp": exp, "aud": "chat"})));
    assert!(!is_good(json!({"sub": "7", "exp": exp, "aud": "chat", "iss": "them"})));
}

#[test]
fn leeway_and_missing_ends_are_chosen() {
    let past = json!({"sub": "7", "exp": now() - 10});
    assert!(jwt().verify(&token(past.clone())).is_ok());
    assert!(jwt().leeway(Duration::ZERO).verify(&token(past.clone())).is_err());
    let lasting = jwt().without_expiry().leeway(Duration::ZERO);
    assert!(lasting.verify(&token(json!({"sub": "7"}))).is_ok());
    assert!(lasting.verify(&token(past)).is_err());
}

#[test]
fn keys_can_be_changed() {
    let other = "another secret of 32 random bytes";
    let jwt = jwt().or_key(JwtKey::hs256(other).expect("a good secret"));
    let claims = json!({"sub": "7", "exp": now() + 60});
    let header = json!({"alg": "HS256"});
    assert!(jwt.verify(&signed(&header, &claims, other.as_bytes())).is_ok());
    assert!(jwt.verify(&token(claims)).is_ok());
    assert!(matches!(JwtKey::hs256("short"), Err(KeyError::Short(5))));
    assert!(matches!(JwtKey::rs256("no PEM"), Err(KeyError::Unreadable(_))));
}

// Signed by OpenSSL; it expires in 2100.
const RSA_KEY: &str = include_str!("rsa.pem");
const RSA_TOKEN: &str = include_str!("rsa.jwt");
const ED_KEY: &str = include_str!("ed25519.pem");
const ED_TOKEN: &str = include_str!("ed25519.jwt");

#[test]
fn tokens_of_others_are_read() {
    let rsa = Jwt::new(JwtKey::rs256(RSA_KEY).expect("a key"));
    let ed = Jwt::new(JwtKey::eddsa(ED_KEY).expect("a key"));
    assert_eq!(rsa.verify(RSA_TOKEN.trim()).expect("a good token").id(), Some("openssl"));
    assert_eq!(ed.verify(ED_TOKEN.trim()).expect("a good token").id(), Some("openssl"));
    assert!(ed.verify(RSA_TOKEN.trim()).is_err());
    assert!(rsa.verify(ED_TOKEN.trim()).is_err());
}

#[test]
fn a_public_key_is_no_secret() {
    // A known attack: the token names HS256, and is signed with the public key as if it were a secret.
    let claims = json!({"sub": "7", "exp": now() + 60});
    let forged = signed(&json!({"alg": "HS256"}), &claims, RSA_KEY.as_bytes());
    assert!(Jwt::new(JwtKey::rs256(RSA_KEY).expect("a key")).verify(&forged).is_err());
    let ed = Jwt::new(JwtKey::eddsa(ED_KEY).expect("a key"));
    assert!(ed.verify(&signed(&json!({"alg": "HS256"}), &claims, ED_KEY.as_bytes())).is_err());
}
