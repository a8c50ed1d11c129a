//! The accounts that may stand in for another.

use super::stage::Stage;
use super::{Base, Kind};
use crate::scene::{SOL, USD, WEALTH};
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use ballast::oracle::RECEIVERS;
use ballast::seeds::change_address;
use ballast_testkit::{ListedAsset, Listing, World};
use solana_account::Account;
use solana_program_pack::Pack;
use spl_token_interface::state as spl;

/// A change to one slot.
pub enum Attack {
    /// Another address, with its account.
    Replace(Address),
    /// The same address, with a spoiled account.
    Spoil(fn(&mut Account)),
    Unsign,
    ReadOnly,
}

impl Stage {
    /// Returns every attack on a slot and puts the accounts that they need into the world.
    pub fn attacks(&self, world: &mut World, base: &Base, kind: Kind, index: usize) -> Vec<(&'static str, Attack)> {
        let meta = &base.instruction.accounts[index];
        let signed = base.instruction.accounts.iter().find(|meta| meta.is_signer);
        let signer = signed.map(|meta| meta.pubkey).unwrap_or_default();
        let mut attacks = vec![("fresh", Attack::Replace(world.address()))];
        attacks.extend(
            self.relatives(world, kind, meta, signer).into_iter().map(|(class, key)| (class, Attack::Replace(key))),
        );
        if kind.has_data() {
            attacks.push(("copy-owned-by-a-program-of-the-attacker", Attack::Replace(self.copy(world, meta))));
            attacks.push(("wrong-owner", Attack::Spoil(|account| account.owner = Address::from([7; 32]))));
            // By two bytes, because the last one of a price account is unused.
            attacks.push(("truncated", Attack::Spoil(|account| account.data.truncate(account.data.len() - 2))));
            attacks.push(("empty", Attack::Spoil(|account| account.data.clear())));
            attacks.push(("closed", Attack::Spoil(|account| *account = Account::default())));
        }
        if matches!(kind, Kind::Config | Kind::Reserve | Kind::Obligation | Kind::Change | Kind::Price) {
            attacks.push(("wrong-discriminator", Attack::Spoil(|account| account.data[0] ^= 1)));
            attacks.push(("longer", Attack::Spoil(|account| account.data.extend([0; 8]))));
        }
        if matches!(kind, Kind::Config | Kind::Reserve | Kind::Obligation | Kind::Change) {
            attacks.push(("of-a-later-version", Attack::Spoil(|account| account.data[8] += 1)));
        }
        attacks.extend(spoiled(kind));
        if meta.is_signer {
            attacks.push(("unsigned", Attack::Unsign));
        }
        if meta.is_writable {
            attacks.push(("read-only", Attack::ReadOnly));
        }
        attacks
    }

    /// Returns genuine accounts that belong elsewhere.
    fn relatives(
        &self,
        world: &mut World,
        kind: Kind,
        meta: &AccountMeta,
        signer: Address,
    ) -> Vec<(&'static str, Address)> {
        let asset = self.asset_of(world, &meta.pubkey);
        let next = (asset + 1) % self.market.assets.len();
        let (here, there) = (&self.market.assets, &self.foreign.assets);
        match kind {
            Kind::Signer => vec![("attacker", self.attacker.address())],
            Kind::Config => vec![("of-the-attackers-market", self.foreign.config), ("a-reserve", here[SOL].reserve)],
            Kind::Reserve => vec![
                ("of-the-attackers-market", there[asset].reserve),
                ("another-of-the-market", here[next].reserve),
                ("a-config", self.market.config),
            ],
            Kind::Obligation => vec![
                ("of-another-user", self.attacker.obligation),
                (
                    "another-of-the-owner",
                    if meta.pubkey == self.second() { self.victim.obligation } else { self.second() },
                ),
                ("of-the-attackers-market", self.foreign_attacker.obligation),
                ("a-reserve", here[SOL].reserve),
            ],
            Kind::Vault | Kind::Tokens | Kind::Vouchers | Kind::VoucherMint | Kind::Mint => {
                self.token_relatives(world, kind, asset, signer)
            }
            Kind::Change => vec![
                ("of-the-attackers-market", self.foreign_change(world)),
                ("another-of-the-market", self.another_change(world)),
                ("a-config", self.market.config),
            ],
            Kind::Instructions => vec![
                ("another-sysvar", "SysvarC1ock11111111111111111111111111111111".parse().expect("an address")),
                ("forged", self.forged(world)),
            ],
            Kind::Price => vec![
                ("another-feed", here[next].feed.address),
                ("same-price-posted-elsewhere", self.posted_elsewhere(world, meta)),
            ],
            Kind::Program => vec![
                ("fake-program", self.fake_program),
                ("not-executable", self.attacker.tokens[SOL]),
                ("token-2022", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb".parse().expect("an address")),
                ("compute-budget", "ComputeBudget111111111111111111111111111111".parse().expect("an address")),
            ],
            Kind::Absent => vec![("another-feed", here[next].feed.address)],
            Kind::New => vec![
                ("existing", here[SOL].reserve),
                ("existing-obligation", self.attacker.obligation),
                ("existing-config", self.foreign.config),
                ("existing-vault", here[SOL].vault),
            ],
        }
    }

    /// Returns the relatives of accounts that the token program owns.
    fn token_relatives(
        &self,
        world: &mut World,
        kind: Kind,
        asset: usize,
        signer: Address,
    ) -> Vec<(&'static str, Address)> {
        let next = (asset + 1) % self.market.assets.len();
        let (here, there) = (&self.market.assets, &self.foreign.assets);
        match kind {
            Kind::Vault => vec![
                ("of-the-attackers-market", there[asset].vault),
                ("another-of-the-market", here[next].vault),
                ("attackers-tokens", self.attacker.tokens[asset]),
                ("victims-tokens", self.victim.tokens[asset]),
            ],
            Kind::Tokens => vec![
                ("of-another-user", self.attacker.tokens[asset]),
                ("of-another-mint", self.victim.tokens[next]),
                ("another-vault", here[next].vault),
                ("vault-of-the-attackers-market", there[asset].vault),
                ("approved-for-the-signer", self.approved(world, &here[asset].mint, signer)),
            ],
            Kind::Vouchers => vec![
                ("of-another-user", self.vouchers[1]),
                ("of-the-attackers-market", self.vouchers[2]),
                ("tokens-of-the-asset", self.victim.tokens[asset]),
                ("approved-for-the-signer", self.approved(world, &here[asset].voucher_mint, signer)),
            ],
            Kind::VoucherMint => vec![
                ("of-the-attackers-market", there[asset].voucher_mint),
                ("another-of-the-market", here[next].voucher_mint),
                ("the-assets-mint", here[asset].mint),
            ],
            Kind::Mint => vec![("another-mint", here[next].mint), ("a-token-account", self.attacker.tokens[SOL])],
            _ => Vec::new(),
        }
    }

    /// Returns the asset that an account belongs to, or the first if it belongs to none.
    fn asset_of(&self, world: &World, address: &Address) -> usize {
        let mint = spl::Account::unpack(&world.get(address).data).map_or(Address::default(), |account| account.mint);
        let about = |asset: &ListedAsset| {
            [asset.reserve, asset.mint, asset.vault, asset.voucher_mint, asset.feed.address].contains(address)
                || [asset.mint, asset.voucher_mint].contains(&mint)
        };
        self.market.assets.iter().position(about).unwrap_or(SOL)
    }

    fn copy(&self, world: &mut World, meta: &AccountMeta) -> Address {
        let address = world.address();
        let account = Account { owner: self.fake_program, ..world.get(&meta.pubkey) };
        world.set(address, account);
        address
    }

    /// A change that the attacker has proposed in their own market.
    fn foreign_change(&self, world: &mut World) -> Address {
        let opening = Listing::new(9, 1.0).opening();
        self.foreign.propose(world, self.foreign.target(SOL), 5, opening).expect("change_propose");
        change_address(&self.foreign.config, 5)
    }

    /// A change of another reserve of the market.
    fn another_change(&self, world: &mut World) -> Address {
        let opening = Listing::new(6, 1.0).opening();
        self.market.propose(world, self.market.target(USD), 6, opening).expect("change_propose");
        change_address(&self.market.config, 6)
    }

    /// An account with bytes of the attacker's choice.
    fn forged(&self, world: &mut World) -> Address {
        let address = world.address();
        let data = vec![0; 64];
        world.set(address, Account { lamports: 10_000_000, data, owner: self.fake_program, ..Account::default() });
        address
    }

    /// The same verified price at another address: anybody may post one.
    fn posted_elsewhere(&self, world: &mut World, meta: &AccountMeta) -> Address {
        let address = world.address();
        let account = world.get(&meta.pubkey);
        world.set(address, account);
        address
    }

    /// Tokens of the attacker that the instruction's signer may spend.
    fn approved(&self, world: &mut World, mint: &Address, signer: Address) -> Address {
        let address = world.tokens(mint, &self.attacker.address(), WEALTH);
        let mut account = world.get(&address);
        let mut tokens = spl::Account::unpack(&account.data).expect("a token account");
        tokens.delegate = Some(signer).into();
        tokens.delegated_amount = WEALTH;
        Pack::pack(tokens, &mut account.data).expect("packs");
        world.set(address, account);
        address
    }
}

/// Returns the ways to spoil an account of a kind.
fn spoiled(kind: Kind) -> Vec<(&'static str, Attack)> {
    /// Offsets in Pyth's account and in a token account.
    const VERIFICATION: usize = 40;
    const FEED_ID: usize = 41;
    const TOKEN_STATE: usize = 108;
    const FROZEN: u8 = 2;
    match kind {
        Kind::Price => vec![
            ("owned-by-the-other-receiver", Attack::Spoil(|account| account.owner = RECEIVERS[1].owner)),
            ("partially-verified", Attack::Spoil(|account| account.data[VERIFICATION] = 0)),
            ("of-another-feed-id", Attack::Spoil(|account| account.data[FEED_ID] ^= 1)),
        ],
        Kind::Vault | Kind::Tokens | Kind::Vouchers => {
            vec![("frozen", Attack::Spoil(|account| account.data[TOKEN_STATE] = FROZEN))]
        }
        _ => Vec::new(),
    }
}
