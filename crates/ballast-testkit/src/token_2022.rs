//! Mints and token accounts of Token-2022 by their bytes.

use anchor_lang::prelude::Address;
use std::ops::Range;

pub const TOKEN_2022: Address = ballast::token::TOKEN_2022;

/// Holds every power of every mint.
pub const ISSUER: Address = Address::new_from_array([0x15; 32]);

/// Token-2022's extensions of mints: name, type and length of the value. Missing types are extensions of token
/// accounts.
pub const EXTENSIONS: [(&str, u16, usize); 20] = [
    ("TransferFeeConfig", TRANSFER_FEE, 108),
    ("MintCloseAuthority", MINT_CLOSE_AUTHORITY, 32),
    ("ConfidentialTransferMint", 4, 65),
    ("DefaultAccountState", DEFAULT_ACCOUNT_STATE, 1),
    ("NonTransferable", 9, 0),
    ("InterestBearingConfig", 10, 52),
    ("PermanentDelegate", PERMANENT_DELEGATE, 32),
    ("TransferHook", TRANSFER_HOOK, 64),
    ("ConfidentialTransferFeeConfig", 16, 129),
    ("MetadataPointer", 18, 64),
    ("TokenMetadata", 19, 80),
    ("GroupPointer", 20, 64),
    ("TokenGroup", 21, 80),
    ("GroupMemberPointer", 22, 64),
    ("TokenGroupMember", 23, 72),
    ("ConfidentialMintBurn", 24, 196),
    ("ScaledUiAmount", 25, 56),
    ("Pausable", PAUSABLE, 33),
    ("PermissionedBurn", 28, 32),
    ("(one that is not known)", 999, 32),
];

pub const TRANSFER_FEE: u16 = 1;
pub const MINT_CLOSE_AUTHORITY: u16 = 3;
pub const DEFAULT_ACCOUNT_STATE: u16 = 6;
pub const PERMANENT_DELEGATE: u16 = 12;
pub const TRANSFER_HOOK: u16 = 14;
pub const PAUSABLE: u16 = 26;

/// The length of the base, to which mints and token accounts are padded.
const BASE: usize = 165;
const MINT: u8 = 1;
const ACCOUNT: u8 = 2;

/// The bytes after a mint's base. The issuer holds the power of each extension and has used none.
pub fn mint_tail(extensions: &[u16]) -> Vec<u8> {
    if extensions.is_empty() {
        return Vec::new();
    }
    let mut tail = vec![0; BASE - 82];
    tail.push(MINT);
    for extension in extensions {
        let known = EXTENSIONS.iter().find(|(_, number, _)| number == extension);
        let (.., len) = known.expect("an extension of mints");
        let mut value = vec![0; *len];
        match *extension {
            DEFAULT_ACCOUNT_STATE => value[0] = 1,
            _ if *len >= 32 => value[..32].copy_from_slice(ISSUER.as_ref()),
            _ => {}
        }
        push(&mut tail, *extension, &value);
    }
    tail
}

/// The bytes after a token account's base, as Token-2022 writes them for this mint.
pub fn account_tail(mint: &[u8]) -> Vec<u8> {
    let mut tail = vec![ACCOUNT];
    for (extension, _) in entries(mint) {
        match extension {
            TRANSFER_FEE => push(&mut tail, 2, &[0; 8]),
            TRANSFER_HOOK => push(&mut tail, 15, &[0]),
            PAUSABLE => push(&mut tail, 27, &[]),
            _ => {}
        }
    }
    if tail.len() > 1 { tail } else { Vec::new() }
}

fn push(tail: &mut Vec<u8>, extension: u16, value: &[u8]) {
    tail.extend(extension.to_le_bytes());
    tail.extend(u16::try_from(value.len()).expect("a short value").to_le_bytes());
    tail.extend(value);
}

/// The extensions of a mint, and the places of their values.
pub(crate) fn entries(mint: &[u8]) -> Vec<(u16, Range<usize>)> {
    let word = |at: usize| mint.get(at..at + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
    let mut found = Vec::new();
    let mut at = BASE + 1;
    while let (Some(extension), Some(len)) = (word(at), word(at + 2)) {
        let value = at + 4..at + 4 + usize::from(len);
        at = value.end;
        found.push((extension, value));
    }
    found
}
