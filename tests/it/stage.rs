//! The other programs that the tests use. A test that relies on them is only as good as they are.

use crate::scene::{DAY, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::{TokenError, refused_by_token};
use anchor_lang::prelude::{Address, Error, ProgramError};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::event::{Deposited, ObligationOpened, Refreshed};
use ballast::seeds::obligation_address;
use ballast::state::Obligation;
use ballast_client::instructions::obligation_open;
use ballast_testkit::programs::STAGE_ID;
use ballast_testkit::stage::{SwapPool, authority, forward};
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt, World};
use solana_account::Account;
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;

fn open(config: Address, owner: Address) -> Instruction {
    obligation_open(&owner, &config, 0)
}

/// Panics unless this program, and not one that it called, refused with this error.
#[track_caller]
fn refused_by_stage(result: Result<Receipt, Failure>, expected: ProgramError) {
    let failure = result.expect_err("a refusal");
    assert_eq!((failure.program_error(), failure.refused_by()), (Some(Error::from(expected)), Some(STAGE_ID)));
}

/// Panics unless the runtime missed a signature in a call.
#[track_caller]
fn unsigned(result: Result<Receipt, Failure>) {
    let failure = result.expect_err("a refusal");
    let missed = TransactionError::InstructionError(0, InstructionError::PrivilegeEscalation);
    assert_eq!(failure.error, missed, "{:#?}", failure.logs);
}

#[test]
fn forward_calls_ballast_as_if_it_was_called_directly() {
    let mut scene = Scene::simple();
    scene.world.advance(DAY);
    let reserve = scene.market.assets[USD].reserve;
    let refresh = scene.market.refresh_ix(USD, None);
    let directly = scene.attempt(|scene| {
        scene.world.send(std::slice::from_ref(&refresh), &[&scene.lender.key]).expect("refresh");
        scene.pool(USD)
    });

    let forwarded = forward(refresh, &reserve);
    let event: Refreshed = scene.world.send(&[forwarded], &[&scene.lender.key]).expect("forward").event();

    assert_eq!(event.reserve, reserve);
    assert_eq!(scene.pool(USD), directly);
}

#[test]
fn forward_signs_for_its_authority_which_pays_and_owns() {
    let mut scene = Scene::new();
    let (owner, _) = authority(&scene.market.config);
    scene.world.set(owner, Account { lamports: 1_000_000_000, ..Account::default() });
    let open = open(scene.market.config, owner);
    let obligation = obligation_address(&scene.market.config, &owner, 0);

    let forwarded = forward(open, &scene.market.config);
    let event: ObligationOpened = scene.world.send(&[forwarded], &[&scene.lender.key]).expect("forward").event();

    assert_eq!((event.owner, event.obligation), (owner, obligation));
    assert_eq!(scene.world.read::<Obligation>(&obligation).owner, owner);
    let rent = scene.world.get(&obligation).lamports;
    assert_eq!(scene.world.get(&owner).lamports, 1_000_000_000 - rent, "the authority pays, not the sender");
}

#[test]
fn forward_does_not_sign_for_the_authority_of_another_salt() {
    let mut scene = Scene::new();
    let (config, other) = (scene.market.config, scene.market.assets[SOL].reserve);
    let (owner, _) = authority(&config);
    scene.world.set(owner, Account { lamports: 1_000_000_000, ..Account::default() });
    // The seeds belong to one authority, and the inner instruction needs the signature of another.
    let mut forwarded = forward(open(config, owner), &other);
    let [authority, ..] = forwarded.accounts.as_mut_slice() else { panic!("accounts") };
    authority.pubkey = owner;
    forwarded.accounts.iter_mut().for_each(|meta| meta.is_signer = false);
    unsigned(scene.world.send(&[forwarded], &[&scene.lender.key]));
}

#[test]
fn forward_passes_the_signatures_of_others_and_adds_none() {
    let mut scene = Scene::simple();
    let deposit = scene.borrower.deposit_ix(&scene.market, SOL, ONE_SOL);
    let forwarded = forward(deposit.clone(), &scene.market.config);
    let event: Deposited = scene.world.send(&[forwarded], &[&scene.borrower.key]).expect("forward").event();
    assert_eq!((event.obligation, event.amount_atoms), (scene.borrower.obligation, ONE_SOL));

    let mut forwarded = forward(deposit, &scene.market.config);
    forwarded.accounts.iter_mut().for_each(|meta| meta.is_signer = false);
    let failure = scene.world.send(&[forwarded], &[&scene.lender.key]).expect_err("the owner has not signed");
    assert!(failure.is(ProgramError::MissingRequiredSignature), "{failure:#?}");
    assert_eq!(failure.refused_by(), Some(ballast::ID));
}

/// A pool, and a trader with a wallet of each token.
struct Trade {
    world: World,
    swap: SwapPool,
    trader: Keypair,
    source: Address,
    destination: Address,
}

impl Trade {
    fn at(numerator: u64, denominator: u64) -> Self {
        let mut world = World::new();
        let [mint_in, mint_out] = [world.mint(9), world.mint(6)];
        let swap = SwapPool::new(&mut world, &mint_in, &mint_out, numerator, denominator, WEALTH);
        let trader = world.wallet();
        let source = world.tokens(&mint_in, &trader.pubkey(), WEALTH);
        let destination = world.tokens(&mint_out, &trader.pubkey(), 0);
        Self { world, swap, trader, source, destination }
    }

    fn instruction(&self, amount_in: u64) -> Instruction {
        self.swap.swap_ix(&self.trader.pubkey(), self.source, self.destination, amount_in)
    }

    fn send(&mut self, amount_in: u64) -> Result<Receipt, Failure> {
        self.world.send(&[self.instruction(amount_in)], &[&self.trader])
    }

    /// Panics unless the trader has paid and received these amounts, and the pool the reverse.
    #[track_caller]
    fn has_moved(&self, paid: u64, received: u64) {
        let SwapPool { vault_in, vault_out, .. } = self.swap;
        let held = [self.source, vault_in, self.destination, vault_out].map(|account| self.world.balance(&account));
        assert_eq!(held, [WEALTH - paid, paid, received, WEALTH - received]);
    }
}

#[test]
fn swap_pays_exactly_the_price_and_rounds_down() {
    for (numerator, denominator, paid, received) in [
        // 100 USD for a SOL.
        (100 * ONE_USD, ONE_SOL, ONE_SOL, 100 * ONE_USD),
        (100 * ONE_USD, ONE_SOL, ONE_SOL - 1, 100 * ONE_USD - 1),
        (3, 7, 100, 42),
        (3, 7, 2, 0),
        (3, 7, 0, 0),
        // The product needs 128 bits.
        (u64::MAX, u64::MAX, WEALTH, WEALTH),
        (u64::MAX - 1, u64::MAX, WEALTH, WEALTH - 1),
    ] {
        let mut trade = Trade::at(numerator, denominator);
        trade.send(paid).expect("swap");
        trade.has_moved(paid, received);
    }
}

#[test]
fn swap_of_all_takes_all_of_the_source() {
    let mut trade = Trade::at(1, 3);
    trade.send(ALL).expect("swap");
    trade.has_moved(WEALTH, WEALTH / 3);
}

#[test]
fn swap_moves_nothing_unless_both_can_pay() {
    let mut trade = Trade::at(2, 1);
    refused_by_token(trade.send(WEALTH), TokenError::InsufficientFunds);
    refused_by_token(trade.send(WEALTH + 1), TokenError::InsufficientFunds);
    trade.has_moved(0, 0);
}

#[test]
fn swap_needs_the_traders_signature() {
    let mut trade = Trade::at(1, 1);
    let mut swap = trade.instruction(1);
    let [trader, ..] = swap.accounts.as_mut_slice() else { panic!("accounts") };
    trader.is_signer = false;
    let stranger = trade.world.wallet();
    unsigned(trade.world.send(&[swap], &[&stranger]));
}

#[test]
fn swap_accepts_its_own_price_only() {
    let mut trade = Trade::at(1, 1);
    // A better price, from another pool of the same program.
    let [mint_in, mint_out] = [trade.world.mint(9), trade.world.mint(6)];
    let other = SwapPool::new(&mut trade.world, &mint_in, &mint_out, 2, 1, 0);
    let mixed = SwapPool { price: other.price, ..trade.swap };
    let swap = mixed.swap_ix(&trade.trader.pubkey(), trade.source, trade.destination, 1);
    unsigned(trade.world.send(&[swap], &[&trade.trader]));

    let mut price = trade.world.get(&trade.swap.price);
    price.owner = ballast::ID;
    trade.world.set(trade.swap.price, price);
    refused_by_stage(trade.send(1), ProgramError::InvalidAccountOwner);
}

#[test]
fn swap_refuses_a_price_that_is_not_a_number() {
    refused_by_stage(Trade::at(1, 0).send(1), ProgramError::InvalidAccountData);
    refused_by_stage(Trade::at(u64::MAX, 1).send(2), ProgramError::ArithmeticOverflow);
}
