//! The chain: an embedded Solana VM with Ballast and the tests' other programs deployed.

use crate::programs::{STAGE_ID, compiled, program_path};
use crate::pyth::{PythFeed, Quotation};
use crate::receipt::{Failure, Receipt};
use crate::token_2022::{self, TOKEN_2022};
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use litesvm::LiteSVM;
use solana_account::Account;
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_program_pack::Pack;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use spl_token_interface::state as spl;
use std::sync::LazyLock;

/// 2026-01-01T00:00:00Z
const GENESIS_TIME: i64 = 1_767_225_600;

#[derive(Clone)]
pub struct World {
    pub svm: LiteSVM,
    keys: u64,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Copies the world that this process loads once. To load one takes half a second, to copy it no time.
    pub fn new() -> Self {
        static FRESH: LazyLock<World> = LazyLock::new(World::load);
        FRESH.clone()
    }

    /// Signatures are made but not verified. Verifying would take half of the tests' time and test only the runtime.
    fn load() -> Self {
        let mut svm = LiteSVM::new().with_transaction_history(0).with_sigverify(false);
        for (program, path) in [(ballast::ID, program_path()), (STAGE_ID, compiled("stage"))] {
            if let Err(error) = svm.add_program_from_file(program, &path) {
                panic!("cannot load {} ({error}); run `cargo xtask build` first", path.display());
            }
        }
        let mut world = Self { svm, keys: 0 };
        world.set_time(GENESIS_TIME);
        world
    }

    /// Returns the next key of this world. The n-th is the same in every run.
    pub fn key(&mut self) -> Keypair {
        self.keys += 1;
        let mut seed = [0xba; 32];
        seed[..8].copy_from_slice(&self.keys.to_le_bytes());
        Keypair::new_from_array(seed)
    }

    pub fn address(&mut self) -> Address {
        self.key().pubkey()
    }

    /// Returns a key with SOL for fees and rent.
    pub fn wallet(&mut self) -> Keypair {
        let key = self.key();
        self.svm.airdrop(&key.pubkey(), 1_000_000_000_000).expect("airdrop");
        key
    }

    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Failure> {
        // The runtime would refuse a second copy of a transaction as already processed.
        self.svm.expire_blockhash();
        let transaction = self.transaction(instructions, signers);
        Ok(self.svm.send_transaction(transaction)?.into())
    }

    /// Sends with every signature that the instructions ask for, as an attacker would who has all these keys. A
    /// bystander pays the fee, so that no signer of the instructions signs for another reason.
    pub fn send_as_anyone(&mut self, instructions: &[Instruction]) -> Result<Receipt, Failure> {
        let bystander = self.wallet().pubkey();
        self.send_unsigned(instructions, &bystander)
    }

    /// Sends without real signatures, because signing takes longer than the program runs.
    pub fn send_unsigned(&mut self, instructions: &[Instruction], payer: &Address) -> Result<Receipt, Failure> {
        let transaction = self.unsigned(instructions, payer);
        Ok(self.svm.send_transaction(transaction)?.into())
    }

    /// Runs a transaction without signatures and without effect.
    pub fn simulate_unsigned(&self, instructions: &[Instruction], payer: &Address) -> Result<Receipt, Failure> {
        let transaction = self.unsigned(instructions, payer);
        Ok(self.svm.simulate_transaction(transaction)?.meta.into())
    }

    fn unsigned(&self, instructions: &[Instruction], payer: &Address) -> VersionedTransaction {
        let message = Message::new_with_blockhash(instructions, Some(payer), &self.svm.latest_blockhash());
        let signatures = vec![Default::default(); message.header.num_required_signatures.into()];
        VersionedTransaction { signatures, message: VersionedMessage::Legacy(message) }
    }

    /// Runs a transaction without effect.
    pub fn simulate(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Failure> {
        let transaction = self.transaction(instructions, signers);
        Ok(self.svm.simulate_transaction(transaction)?.meta.into())
    }

    fn transaction(&self, instructions: &[Instruction], signers: &[&Keypair]) -> VersionedTransaction {
        let payer = signers.first().expect("a transaction has a payer").pubkey();
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.svm.latest_blockhash());
        VersionedTransaction::try_new(VersionedMessage::Legacy(message), signers).expect("all signers are given")
    }

    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    pub fn set_time(&mut self, unix_timestamp: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix_timestamp;
        self.svm.set_sysvar(&clock);
    }

    /// Lets time pass, two and a half slots a second.
    pub fn advance(&mut self, secs: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp += secs;
        clock.slot += u64::try_from(secs).unwrap_or(0) * 5 / 2;
        self.svm.set_sysvar(&clock);
    }

    /// Lets slots pass within one second: no interest accrues and no price ages.
    pub fn advance_slots(&mut self, slots: u64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.slot += slots;
        self.svm.set_sysvar(&clock);
    }

    pub fn publish(&mut self, feed: &PythFeed, price: &Quotation) {
        self.set(feed.address, feed.account(price));
    }

    pub fn get(&self, address: &Address) -> Account {
        self.svm.get_account(address).unwrap_or_default()
    }

    pub fn set(&mut self, address: Address, account: Account) {
        self.svm.set_account(address, account).expect("a rent-exempt account");
    }

    /// Decodes one of the program's accounts.
    pub fn read<T: Discriminator + bytemuck::Pod>(&self, address: &Address) -> T {
        let data = self.get(address).data;
        let body = data.strip_prefix(T::DISCRIMINATOR).expect("an account of this type");
        bytemuck::pod_read_unaligned(&body[..size_of::<T>()])
    }

    /// Overwrites one of the program's accounts, for states that no instruction leads to.
    pub fn write<T: Discriminator + bytemuck::Pod>(&mut self, address: &Address, state: &T) {
        let mut account = self.get(address);
        let body = T::DISCRIMINATOR.len();
        account.data[body..body + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(state));
        self.set(*address, account);
    }

    /// Decodes all of the program's accounts of one type.
    pub fn all<T: Discriminator + bytemuck::Pod>(&self) -> Vec<T> {
        let accounts = self.svm.get_program_accounts(&ballast::ID);
        let bodies = accounts.iter().filter_map(|(_, account)| account.data.strip_prefix(T::DISCRIMINATOR));
        bodies.map(|body| bytemuck::pod_read_unaligned(&body[..size_of::<T>()])).collect()
    }

    /// Returns all of the program's accounts, in the order of their addresses.
    pub fn accounts(&self) -> Vec<(Address, Account)> {
        let mut accounts = self.svm.get_program_accounts(&ballast::ID);
        accounts.sort_by_key(|(address, _)| address.to_bytes());
        accounts
    }

    /// Creates a mint of the SPL Token program. [`World::tokens`] creates its tokens.
    pub fn mint(&mut self, decimals: u8) -> Address {
        let address = self.address();
        self.set(address, packed(mint_state(decimals), spl_token_interface::ID, Vec::new()));
        address
    }

    /// Creates a mint of Token-2022 with these extensions. The issuer holds every power and has used none.
    pub fn mint_2022(&mut self, decimals: u8, extensions: &[u16]) -> Address {
        let address = self.address();
        self.set(address, packed(mint_state(decimals), TOKEN_2022, token_2022::mint_tail(extensions)));
        address
    }

    /// Creates the mint of wrapped SOL.
    pub fn native_mint(&mut self) -> Address {
        let address = spl_token_interface::native_mint::ID;
        self.set(address, packed(mint_state(9), spl_token_interface::ID, Vec::new()));
        address
    }

    /// Creates a token account with `amount` newly minted tokens, or with as much wrapped SOL.
    pub fn tokens(&mut self, mint: &Address, owner: &Address, amount: u64) -> Address {
        let address = self.address();
        let wrapped = *mint == spl_token_interface::native_mint::ID;
        let state = spl::Account {
            mint: *mint,
            owner: *owner,
            amount,
            state: spl::AccountState::Initialized,
            is_native: wrapped.then_some(RENT).into(),
            ..Default::default()
        };
        let Account { owner: program, mut data, lamports, .. } = self.get(mint);
        let mut account = packed(state, program, token_2022::account_tail(&data));
        if wrapped {
            account.lamports = RENT + amount;
            self.set(address, account);
            return address;
        }
        self.set(address, account);
        let mut state = spl::Mint::unpack(&data[..spl::Mint::LEN]).expect("a mint");
        state.supply = state.supply.checked_add(amount).expect("a supply within u64");
        Pack::pack(state, &mut data[..spl::Mint::LEN]).expect("packs into its own length");
        self.set(*mint, Account { owner: program, data, lamports, ..Account::default() });
        address
    }

    /// The tokens in a token account.
    pub fn balance(&self, token_account: &Address) -> u64 {
        self.token_account(token_account).amount
    }

    pub fn token_account(&self, address: &Address) -> spl::Account {
        spl::Account::unpack(&self.get(address).data[..spl::Account::LEN]).expect("a token account")
    }

    /// The supply of a mint.
    pub fn token_supply(&self, mint: &Address) -> u64 {
        self.mint_state(mint).supply
    }

    pub fn mint_state(&self, mint: &Address) -> spl::Mint {
        spl::Mint::unpack(&self.get(mint).data[..spl::Mint::LEN]).expect("a mint")
    }
}

/// More lamports than a token account needs to exist.
const RENT: u64 = 10_000_000;

fn mint_state(decimals: u8) -> spl::Mint {
    spl::Mint { decimals, is_initialized: true, ..spl::Mint::default() }
}

fn packed<T: Pack>(state: T, owner: Address, tail: Vec<u8>) -> Account {
    let mut data = vec![0; T::LEN];
    Pack::pack(state, &mut data).expect("packs into its own length");
    data.extend(tail);
    Account { lamports: RENT, data, owner, ..Account::default() }
}
