//! The same transactions on two chains.

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

/// The World and the bank, with the same accounts after every step. Builders that need the state of the chain read it
/// from the World.
pub struct Twins {
    pub world: World,
    pub bank: Bank,
}

impl Twins {
    /// Starts both chains with the accounts of the cast, before the first instruction.
    pub fn new(cast: &Cast) -> Self {
        let bank = Bank::new(cast.props.clone());
        let mut world = World::new();
        // The World gets the bank's token program. LiteSVM has another build of it, which uses two compute units more
        // or less.
        for (address, account) in cast.props.iter().cloned().chain(program(&bank, spl_token_interface::ID)) {
            world.set(address, account);
        }
        // The World has the features, and so the rent, of the main network. The bank has every feature of its release,
        // but a genesis ignores those that lower the rent.
        world.svm.set_sysvar(&bank.rent());
        let mut twins = Self { world, bank };
        // Moves both from the bank's first slot to the World's, which is a slot of the main network.
        twins.advance(1, 0);
        twins
    }

    /// Starts both chains, opens the market and opens the obligations of the cast.
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

    /// Sends to both. Panics unless the results are the same.
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

    /// Panics unless these accounts are the same on both chains: data, owner, and lamports with rents and fees.
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

    /// Publishes a price, dated now.
    pub fn publish(&mut self, cast: &Cast, asset: usize, dollars: f64) {
        let feed = &cast.market.assets[asset].feed;
        let account = feed.account(&Quotation::calm(dollars, self.world.now()));
        for chain in self.both() {
            chain.set(&feed.address, account.clone());
        }
    }
}
