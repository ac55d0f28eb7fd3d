//! Tests which connections and credentials a revocation affects.

use super::*;

fn login(user: &str, session: &str, issued: SystemTime) -> Identity {
    Identity::user(user).with_session(session).with_issued_at(issued)
}

fn is_revoked(rights: &mut Rights) -> bool {
    rights.poll_revoked(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
}

#[test]
fn a_user_is_revoked_everywhere_and_others_are_not() {
    let sessions = Sessions::new();
    let now = SystemTime::now();
    let ticket = sessions.ticket();
    let enter = |identity: &Identity| sessions.enter(identity, ticket).expect("rights");
    let (mut one, mut two) = (enter(&login("7", "a", now)), enter(&login("7", "b", now)));
    let (mut other, mut nobody) = (enter(&login("8", "c", now)), enter(&Identity::Anonymous));
    assert_eq!((sessions.connections(), sessions.connections_of("7")), (3, 2));
    assert_eq!(sessions.revoke_user("7"), 2);
    assert!(is_revoked(&mut one) && is_revoked(&mut two));
    assert!(!is_revoked(&mut other) && !is_revoked(&mut nobody));
    assert_eq!((sessions.connections(), sessions.connections_of("7")), (1, 0));
    drop(other);
    assert_eq!(sessions.connections(), 0);
}

#[test]
fn one_login_is_ended_without_the_others() {
    let sessions = Sessions::new();
    let (one, two) = (login("7", "a", SystemTime::now()), login("7", "b", SystemTime::now()));
    let mut open = sessions.enter(&one, sessions.ticket()).expect("rights");
    let mut left = sessions.enter(&two, sessions.ticket()).expect("rights");
    assert_eq!(sessions.revoke(&one), 1);
    assert!(is_revoked(&mut open) && !is_revoked(&mut left));
    assert!(!sessions.allows(&one) && sessions.allows(&two));
    assert!(sessions.enter(&one, sessions.ticket()).is_err());
}

#[test]
fn older_credentials_stay_refused_and_newer_ones_are_good() {
    let sessions = Sessions::new();
    let now = SystemTime::now();
    let second = Duration::from_secs(1);
    let (old, new) = (login("7", "a", now - second), login("7", "b", now + second));
    let mut kept = sessions.enter(&new, sessions.ticket()).expect("rights");
    assert_eq!(sessions.revoke_issued_before("7", now), 0);
    assert!(!is_revoked(&mut kept));
    assert!(sessions.enter(&old, sessions.ticket()).is_err());
    assert!(sessions.enter(&new, sessions.ticket()).is_ok());
    // An earlier time never restores rights.
    sessions.revoke_issued_before("7", now - 10 * second);
    assert!(!sessions.allows(&old));
}

#[test]
fn a_revocation_reaches_a_handshake_that_is_under_way() {
    let sessions = Sessions::new();
    let before = sessions.ticket();
    sessions.revoke_user("7");
    assert!(sessions.enter(&Identity::user("7"), before).is_err());
    assert!(sessions.enter(&Identity::user("7"), sessions.ticket()).is_ok());
}

#[test]
fn what_is_over_is_refused() {
    let sessions = Sessions::new();
    let over = Identity::user("7").with_expires_at(SystemTime::now() - Duration::from_secs(1));
    assert!(!sessions.allows(&over));
    assert!(sessions.enter(&over, sessions.ticket()).is_err());
    // A time that the clock cannot represent is not an end.
    let ages = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 60);
    let rights = sessions.enter(&Identity::user("7").with_expires_at(ages), sessions.ticket());
    assert!(rights.is_ok());
}

#[test]
fn revocations_are_forgotten_in_time() {
    let sessions = Sessions::new();
    sessions.remember(Duration::ZERO);
    for user in 0..3 * SWEEP {
        sessions.revoke_user(&user.to_string());
    }
    assert!(sessions.lock().revoked_users.len() <= SWEEP);
}
