//! The wallets. A key derives from its owner's name, so addresses are the same in every run and on every machine, and
//! links, logs and notes stay valid. These keys are not secrets. They own nothing on a chain with real money.

use solana_keypair::Keypair;

pub const AUTHORITY: &str = "authority";
pub const GUARDIAN: &str = "guardian";
pub const FEE_RECEIVER: &str = "fee_receiver";
/// May mint every token but wrapped SOL.
pub const ISSUER: &str = "issuer";
/// Supplies half of its tokens at the start, so that others can borrow.
pub const LENDER: &str = "lender";

/// Have SOL for fees.
pub const ALL: [&str; 8] = [AUTHORITY, GUARDIAN, FEE_RECEIVER, ISSUER, LENDER, "alice", "bob", "liquidator"];
/// Have tokens of every asset.
pub const WITH_TOKENS: [&str; 4] = [LENDER, "alice", "bob", "liquidator"];

pub fn key(name: &str) -> Keypair {
    let mut seed = [0; 32];
    for (byte, letter) in seed.iter_mut().zip(b"ballast localnet ".iter().chain(name.as_bytes())) {
        *byte = *letter;
    }
    Keypair::new_from_array(seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballast_config::MarketFile;
    use solana_signer::Signer;

    #[test]
    fn the_market_file_names_these_keys() {
        let text = include_str!("../../../migrations/config/localnet.toml");
        let market = MarketFile::parse(text).expect("the reviewed file").market;
        let [authority, guardian, fee_receiver] = [AUTHORITY, GUARDIAN, FEE_RECEIVER].map(|name| key(name).pubkey());
        assert_eq!((market.creator, market.guardian, market.fee_receiver), (authority, guardian, fee_receiver));
    }
}
