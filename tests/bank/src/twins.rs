//! One story on two chains.

use crate::bank::Bank;
use crate::cast::{Cast, program};
use crate::chain::Chain;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::{Failure, Receipt, World};
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The World and the bank, with the same accounts. What needs the state of the chain to be built reads it from the World: after every
/// step both have the same.
pub struct Twins {
    pub world: World,
    pub bank: Bank,
}

impl Twins {
    /// Both chains with the props of the cast, before the first instruction.
    pub fn new(cast: &Cast) -> Self {
        let bank = Bank::new(cast.props.clone());
        let mut world = World::new();
        // The token program is the bank's, too. LiteSVM has another build of it, two compute units apart.
        for (address, account) in cast.props.iter().cloned().chain(program(&bank, spl_token_interface::ID)) {
            world.set(address, account);
        }
        // The World has the features, and so the rent, of the main network; the bank has every feature that its release knows, except
        // that a genesis ignores those which lower the rent.
        world.svm.set_sysvar(&bank.rent());
        let mut twins = Self { world, bank };
        // From the bank's first slot to the World's, which is one of the main network's.
        twins.advance(1, 0);
        twins
    }

    /// Both chains with the market and the obligations of the cast, which are still empty.
    pub fn opened(cast: &Cast) -> Self {
        let Cast { market, listings, lender, borrower, .. } = cast;
        let mut twins = Self::new(cast);
        let authority = &market.authority;
        twins.send(&market.config_init_ix(), &[authority]).expect("config_init");
        for (asset, listing) in market.assets.iter().zip(listings) {
            for step in market.listing_ixs(asset, listing) {
                twins.send(&step, &[authority]).expect("a listing");
            }
        }
        for user in [lender, borrower] {
            twins.send(&user.open(market, 0), &[&user.key]).expect("obligation_open");
        }
        twins
    }

    fn both(&mut self) -> [&mut dyn Chain; 2] {
        [&mut self.world, &mut self.bank]
    }

    /// Sends to both and panics unless both make the same of it.
    #[track_caller]
    pub fn send(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Result<Receipt, Failure> {
        let [in_world, in_bank] = self.both().map(|chain| chain.send(instruction, signers));
        match (&in_world, &in_bank) {
            (Ok(world), Ok(bank)) => {
                assert_eq!(world.logs, bank.logs);
                assert_eq!(world.compute_units, bank.compute_units);
            }
            (Err(world), Err(bank)) => assert_eq!((&world.error, &world.logs), (&bank.error, &bank.logs)),
            _ => panic!("the World says {in_world:#?}, the bank {in_bank:#?}"),
        }
        let named = instruction.accounts.iter().map(|meta| meta.pubkey);
        self.agree(named.chain(signers.iter().map(|signer| signer.pubkey())));
        in_world
    }

    /// Panics unless these accounts are the same on both chains: data, owner and lamports, so rents and fees, too.
    #[track_caller]
    pub fn agree(&self, addresses: impl IntoIterator<Item = Address>) {
        for address in addresses {
            assert_eq!(Chain::get(&self.world, &address), Chain::get(&self.bank, &address), "{address}");
        }
    }

    /// Lets time pass, two and a half slots a second.
    pub fn wait(&mut self, secs: u32) {
        self.advance(u64::from(secs) * 5 / 2, secs.into());
    }

    fn advance(&mut self, slots: u64, secs: i64) {
        let Clock { slot, unix_timestamp, .. } = self.world.svm.get_sysvar();
        for chain in self.both() {
            chain.set_clock(slot + slots, unix_timestamp + secs);
        }
    }

    /// Publishes a price of now.
    pub fn publish(&mut self, cast: &Cast, asset: usize, dollars: f64) {
        let feed = &cast.market.assets[asset].feed;
        let account = feed.account(&Quotation::calm(dollars, self.world.now()));
        for chain in self.both() {
            chain.set(&feed.address, account.clone());
        }
    }
}
