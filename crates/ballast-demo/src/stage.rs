//! The market and its people: everything before prices move.

use crate::chain::{DemoChain, unexpected};
use crate::figures::{AssetAmount, HealthFactor};
use crate::moment::{Narrator, StoryMoment};
use crate::path::Step;
use crate::scenario::{self, ASSETS, BorrowerProfile, LIQUIDATOR, LenderProfile, POCKET, Part};
use crate::valuation;
use anyhow::Result;
use ballast::event;
use ballast::seeds;
use ballast::state::{MarketSettings, Obligation};
use ballast_client::Snapshot;
use ballast_core::positions::{Positions, Side};
use ballast_core::terms::LiquidationTerms;
use ballast_testkit::market::{config_init, default_market};
use ballast_testkit::pyth::Quotation;
use ballast_testkit::{Market, Receipt, User};
use bytemuck::Zeroable;
use solana_signer::Signer;

pub struct Stage {
    pub chain: DemoChain,
    pub market: Market,
    /// Lenders, then borrowers, then the liquidator.
    pub people: Vec<Person>,
}

pub struct Person {
    pub name: &'static str,
    pub role: Role,
    pub user: User,
    /// The wallet's first balances. No tokens are minted later.
    pub minted: [u64; ASSETS.len()],
}

#[derive(Clone, Copy)]
pub enum Role {
    Lender,
    Borrower(&'static BorrowerProfile),
    Liquidator,
}

/// What people do with their obligation.
#[derive(Clone, Copy)]
pub enum Move {
    Deposit,
    Borrow,
    Repay,
    Withdraw,
}

impl Stage {
    /// Opens the market at `first.time - before_secs`, with the prices of `first`.
    pub fn open(first: &Step, before_secs: i64, narrator: &mut Narrator) -> Result<Self> {
        let mut chain = DemoChain::start()?;
        chain.world.set_time(first.time - before_secs);
        let [authority, guardian, fee_receiver] = [(); 3].map(|()| chain.world.wallet());
        let config = seeds::config_address(&authority.pubkey());
        let market = Market { authority, guardian, fee_receiver, config, assets: Vec::new() };
        chain
            .send_as("config_init", config_init(&market.authority.pubkey(), settings(&market)), &market.authority)
            .map_err(|failure| unexpected("the authority", "config_init", &failure))?;
        let mut stage = Self { chain, market, people: Vec::new() };
        for (asset, quote) in first.quotes.iter().enumerate() {
            stage.list(asset, quote, narrator)?;
        }
        let prices = first.quotes.map(|quote| quote.dollars());
        for lender in &scenario::LENDERS {
            stage.seat_lender(lender, &prices, narrator)?;
        }
        for borrower in &scenario::BORROWERS {
            stage.seat_borrower(borrower, &prices, narrator)?;
        }
        let inventory = bought(LIQUIDATOR.supplies, &prices);
        stage.seat(LIQUIDATOR.name, Role::Liquidator, inventory)?;
        Ok(stage)
    }

    fn list(&mut self, index: usize, quote: &Quotation, narrator: &mut Narrator) -> Result<()> {
        let token = &ASSETS[index];
        let listing = token.listing(quote.dollars());
        let asset = self.market.candidate(&mut self.chain.world, &listing);
        let names = ["reserve_init", "change_propose", "change_execute"];
        for (name, step) in names.into_iter().zip(self.market.listing_ixs(&asset, &listing)) {
            self.chain
                .send_as(name, step, &self.market.authority)
                .map_err(|failure| unexpected("the authority", name, &failure))?;
        }
        self.market.assets.push(asset);
        narrator.narrate(StoryMoment::Listed {
            symbol: token.symbol,
            price: quote.dollars(),
            decimals: token.decimals,
            ltv_bps: token.ltv_bps,
            liquidation_threshold_bps: token.liquidation_threshold_bps,
        })?;
        Ok(())
    }

    /// Adds a person with tokens and, unless they are the liquidator, an open obligation. Returns the person's index.
    fn seat(&mut self, name: &'static str, role: Role, minted: [u64; ASSETS.len()]) -> Result<usize> {
        let world = &mut self.chain.world;
        let key = world.wallet();
        let mints = self.market.assets.iter().zip(minted);
        let tokens = mints.map(|(asset, amount)| world.tokens(&asset.mint, &key.pubkey(), amount)).collect();
        let obligation = seeds::obligation_address(&self.market.config, &key.pubkey(), 0);
        let user = User { key, obligation, tokens };
        if !matches!(role, Role::Liquidator) {
            self.chain
                .send("obligation_open", user.open(&self.market, 0), &user)
                .map_err(|failure| unexpected(name, "obligation_open", &failure))?;
        }
        self.people.push(Person { name, role, user, minted });
        Ok(self.people.len() - 1)
    }

    fn seat_lender(
        &mut self,
        lender: &LenderProfile,
        prices: &[f64; ASSETS.len()],
        narrator: &mut Narrator,
    ) -> Result<()> {
        let minted = bought(lender.supplies, prices);
        let person = self.seat(lender.name, Role::Lender, minted)?;
        let amounts = amounts(&minted);
        for amount in &amounts {
            self.act(person, Move::Deposit, *amount)?;
        }
        narrator.narrate(StoryMoment::Supplied { who: lender.name, amounts })?;
        Ok(())
    }

    fn seat_borrower(
        &mut self,
        borrower: &'static BorrowerProfile,
        prices: &[f64; ASSETS.len()],
        narrator: &mut Narrator,
    ) -> Result<()> {
        let collateral = bought(borrower.collateral, prices);
        let loans = loans(borrower, &collateral, prices);
        let pocket = loans.map(|atoms| (atoms as f64 * POCKET) as u64);
        let minted = std::array::from_fn(|asset| collateral[asset] + pocket[asset]);
        let person = self.seat(borrower.name, Role::Borrower(borrower), minted)?;
        let (collateral, debts) = (amounts(&collateral), amounts(&loans));
        for amount in &collateral {
            self.act(person, Move::Deposit, *amount)?;
        }
        let mut health = HealthFactor(u64::MAX);
        for amount in &debts {
            let receipt = self.act(person, Move::Borrow, *amount)?;
            health = HealthFactor(receipt.event::<event::Borrowed>().health_after_bps);
        }
        narrator.narrate(StoryMoment::Borrowed {
            who: borrower.name,
            story: borrower.story,
            collateral,
            debts,
            health,
        })?;
        Ok(())
    }

    /// Sends one instruction of a person on their own obligation.
    pub fn act(&mut self, person: usize, what: Move, amount: AssetAmount) -> Result<Receipt> {
        let (name, user) = (self.people[person].name, &self.people[person].user);
        let (world, market, AssetAmount { asset, atoms }) = (&self.chain.world, &self.market, amount);
        let (instruction, call) = match what {
            Move::Deposit => ("deposit", user.deposit_ix(market, asset, atoms)),
            Move::Borrow => ("borrow", user.borrow_ix(world, market, asset, atoms)),
            Move::Repay => ("repay", user.repay_ix(market, user.obligation, asset, atoms)),
            Move::Withdraw => ("withdraw", user.withdraw_ix(world, market, asset, atoms)),
        };
        self.chain.send(instruction, call, user).map_err(|failure| unexpected(name, instruction, &failure))
    }

    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::read(&self.chain.world, &self.market.config)?)
    }

    pub fn obligation(&self, person: usize) -> Obligation {
        self.people[person].user.obligation(&self.chain.world)
    }

    /// A person without an obligation has no positions.
    pub fn positions(&self, person: usize) -> Positions {
        let address = &self.people[person].user.obligation;
        if self.chain.world.get(address).data.is_empty() {
            return Positions::zeroed();
        }
        self.obligation(person).positions
    }

    pub fn vault(&self, asset: usize) -> u64 {
        self.chain.world.balance(&self.market.assets[asset].vault)
    }

    pub fn wallet(&self, person: usize) -> [u64; ASSETS.len()] {
        std::array::from_fn(|asset| self.people[person].user.balance(&self.chain.world, asset))
    }

    /// The indices of the people with a role.
    pub fn indices(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.people.len()).filter(|index| wanted(self.people[*index].role)).collect()
    }

    /// A person's positions of one side, in tokens.
    pub fn holdings(&self, snapshot: &Snapshot, person: usize, side: Side) -> Vec<AssetAmount> {
        let positions = self.positions(person);
        let positions = positions.as_slice().iter().filter(|position| position.side() == side);
        let valued = positions.filter_map(|position| {
            let asset = valuation::asset(snapshot, &position.reserve)?;
            Some(AssetAmount { asset, atoms: valuation::atoms(snapshot, asset, position.holding()).0 })
        });
        valued.collect()
    }
}

/// The market has no soft zone: below a health of 1 the spot price alone decides, and there is no cure window.
fn settings(market: &Market) -> MarketSettings {
    let settings = default_market(market.guardian.pubkey(), market.fee_receiver.pubkey());
    let terms = LiquidationTerms { hard_line_bps: 10_000, ..settings.terms };
    MarketSettings { terms, ..settings }
}

/// Returns the atoms of each asset that the dollars of the parts buy, rounded to three digits.
fn bought(parts: &[Part], prices: &[f64; ASSETS.len()]) -> [u64; ASSETS.len()] {
    let mut atoms = [0; ASSETS.len()];
    for part in parts {
        atoms[part.asset] += ASSETS[part.asset].atoms(part.dollars, prices[part.asset], 3);
    }
    atoms
}

/// Returns the loans, in atoms, with which the borrower starts at the health of their profile.
fn loans(
    borrower: &BorrowerProfile,
    collateral: &[u64; ASSETS.len()],
    prices: &[f64; ASSETS.len()],
) -> [u64; ASSETS.len()] {
    let limits = amounts(collateral).into_iter().map(|amount| {
        let threshold = f64::from(ASSETS[amount.asset].liquidation_threshold_bps) / 1e4;
        amount.dollars(prices[amount.asset]) * threshold
    });
    let debt_dollars = limits.sum::<f64>() / borrower.health;
    let mut atoms = [0; ASSETS.len()];
    for (asset, part) in borrower.debts {
        atoms[*asset] = ASSETS[*asset].atoms(debt_dollars * part, prices[*asset], 4);
    }
    atoms
}

fn amounts(atoms: &[u64; ASSETS.len()]) -> Vec<AssetAmount> {
    let amounts = atoms.iter().enumerate().map(|(asset, atoms)| AssetAmount { asset, atoms: *atoms });
    amounts.filter(|amount| amount.atoms > 0).collect()
}
