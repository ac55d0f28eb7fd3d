//! PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2), for keys of one block, as in Django's hashes.
//!
//! It uses only the compression function of the crate `sha2`, which is not generic code. The loops of the crates
//! `pbkdf2` and `hmac` are generic: they are compiled with their caller, so that a debug build of this crate either
//! took seconds for a hash or had to be optimised completely.

use sha2::digest::consts::U64;
use sha2::digest::generic_array::GenericArray;
use sha2::{Digest, Sha256, compress256};

/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;
/// The bytes of a digest.
const DIGEST: usize = 32;

/// The state of an incomplete digest.
type State = [u32; 8];

/// The state before the first block (FIPS 180-4, 5.3.3).
const START: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The byte with which HMAC pads a key before the message, and before the digest of that (RFC 2104).
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// Derives a key of 32 bytes from a password.
pub(super) fn derive(password: &[u8], salt: &[u8], iterations: u32) -> [u8; DIGEST] {
    let key = padded(password);
    let (inner, outer) = (after(&key, INNER), after(&key, OUTER));
    let first = Sha256::new()
        .chain_update(key.map(|byte| byte ^ INNER))
        .chain_update(salt)
        .chain_update(1_u32.to_be_bytes())
        .finalize();
    let mut block = last_block(&first);
    let mut state = outer;
    compress(&mut state, &block);
    let mut sum = state;
    for _ in 1..iterations {
        put(&mut block, &state);
        state = inner;
        compress(&mut state, &block);
        put(&mut block, &state);
        state = outer;
        compress(&mut state, &block);
        add(&mut sum, &state);
    }
    put(&mut block, &sum);
    let mut derived = [0; DIGEST];
    derived.copy_from_slice(&block[..DIGEST]);
    derived
}

/// Returns a key as long as a block. A longer key is replaced by its digest.
fn padded(key: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..DIGEST].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    block
}

/// Returns the state after the first block of an HMAC, which is the same for all messages.
fn after(key: &[u8; BLOCK], pad: u8) -> State {
    let mut state = START;
    compress(&mut state, &key.map(|byte| byte ^ pad));
    state
}

/// Returns the second and last block of an HMAC's digests: a digest, a bit and the length of both blocks in bits.
fn last_block(digest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..DIGEST].copy_from_slice(digest);
    block[DIGEST] = 0x80;
    let bits = (8 * (BLOCK + DIGEST)) as u64;
    block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
    block
}

fn compress(state: &mut State, block: &[u8; BLOCK]) {
    let block: &GenericArray<u8, U64> = block.into();
    compress256(state, std::slice::from_ref(block));
}

/// Replaces the digest in a block. This function and `add` are written without loops: in a build without optimisation,
/// loops would take as long as all the rest.
fn put(block: &mut [u8; BLOCK], state: &State) {
    [block[0], block[1], block[2], block[3]] = state[0].to_be_bytes();
    [block[4], block[5], block[6], block[7]] = state[1].to_be_bytes();
    [block[8], block[9], block[10], block[11]] = state[2].to_be_bytes();
    [block[12], block[13], block[14], block[15]] = state[3].to_be_bytes();
    [block[16], block[17], block[18], block[19]] = state[4].to_be_bytes();
    [block[20], block[21], block[22], block[23]] = state[5].to_be_bytes();
    [block[24], block[25], block[26], block[27]] = state[6].to_be_bytes();
    [block[28], block[29], block[30], block[31]] = state[7].to_be_bytes();
}

fn add(sum: &mut State, state: &State) {
    sum[0] ^= state[0];
    sum[1] ^= state[1];
    sum[2] ^= state[2];
    sum[3] ^= state[3];
    sum[4] ^= state[4];
    sum[5] ^= state[5];
    sum[6] ^= state[6];
    sum[7] ^= state[7];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::{BLOCK, derive};

    /// Returns the result of the crate `pbkdf2`.
    fn known(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt, iterations)
    }

    #[test]
    fn gives_what_rfc_7914_says() {
        // The first half of the test vector, which has 64 bytes: the first block.
        let expected = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc";
        let hex: String = derive(b"passwd", b"salt", 1).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }

    #[test]
    fn keys_of_every_length_around_a_block_are_right() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 1000] {
            let key = vec![b'k'; length];
            assert_eq!(derive(&key, &key, 3), known(&key, &key, 3), "{length}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_crate_pbkdf2(
            password in proptest::collection::vec(any::<u8>(), 0..150),
            salt in proptest::collection::vec(any::<u8>(), 0..150),
            iterations in 1_u32..20,
        ) {
            prop_assert_eq!(derive(&password, &salt, iterations), known(&password, &salt, iterations));
        }
    }
}
