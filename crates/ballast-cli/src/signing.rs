//! Who signs, for what priority fee, and whether the transaction is sent.

use crate::answer::CommandError;
use anchor_lang::prelude::Address;
use ballast_client::Chain;
use ballast_client::accounts::Undecodable;
use ballast_client::transaction::lookup_table;
use clap::Args;
use solana_account::Account;
use solana_keypair::{Keypair, read_keypair_file};
use solana_message::AddressLookupTableAccount;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Signing {
    /// The keypair that signs and pays the fee
    #[arg(long, env = "BALLAST_KEYPAIR", value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// The address that will sign, for --dry-run and --print-transaction; no keypair is read then
    #[arg(long, value_name = "ADDRESS")]
    authority: Option<Address>,
    /// Show what the transaction would do and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the transaction's message in base 64, for a multisig, and send nothing
    // The message has no compute budget and no priority fee, because the multisig pays for its own call.
    #[arg(long, conflicts_with = "dry_run")]
    pub print_transaction: bool,
    /// The priority fee in micro-lamports per compute unit; by default, what others have paid recently
    #[arg(long, value_name = "MICRO_LAMPORTS")]
    pub priority_fee: Option<u64>,
    /// A lookup table with the addresses of reserves and their price accounts; an obligation with many positions needs
    /// one to fit into a transaction
    #[arg(long = "lookup-table", value_name = "ADDRESS")]
    pub lookup_tables: Vec<Address>,
}

/// The consent to an action that a market's keys cannot take back.
#[derive(Args)]
pub struct Consent {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// A wallet that signs here, or the address of one that signs elsewhere.
pub struct WalletSigner {
    pub address: Address,
    key: Option<Keypair>,
}

impl Signing {
    pub fn sends(&self) -> bool {
        !self.dry_run && !self.print_transaction
    }

    /// Returns the same arguments with --print-transaction, for a transaction that others sign.
    pub fn printing(&self) -> Self {
        Self {
            keypair: None,
            authority: None,
            dry_run: false,
            print_transaction: true,
            priority_fee: self.priority_fee,
            lookup_tables: self.lookup_tables.clone(),
        }
    }

    pub fn tables(&self, node: &RpcClient) -> Result<Vec<AddressLookupTableAccount>, CommandError> {
        if self.lookup_tables.is_empty() {
            return Ok(Vec::new());
        }
        let found = node.accounts(&self.lookup_tables).map_err(CommandError::node)?;
        let table = |(address, account): (&Address, Option<Account>)| {
            let table = account.ok_or(Undecodable::Missing).and_then(|account| lookup_table(*address, &account));
            table.map_err(|reason| CommandError::NotFound(format!("lookup table {address}: {reason}")))
        };
        self.lookup_tables.iter().zip(found).map(table).collect()
    }

    pub fn signer(&self) -> Result<WalletSigner, CommandError> {
        if let Some(address) = self.authority {
            return match self.sends() {
                false => Ok(WalletSigner::elsewhere(address)),
                true => Err(CommandError::Input(
                    "--authority is an address, which cannot sign".to_owned(),
                    "add --print-transaction or --dry-run, or name a --keypair instead",
                )),
            };
        }
        let Some(file) = &self.keypair else {
            return Err(CommandError::Input(
                "no signer is named".to_owned(),
                "name a --keypair, or set BALLAST_KEYPAIR",
            ));
        };
        let key = keypair(file)?;
        Ok(WalletSigner { address: key.pubkey(), key: Some(key) })
    }
}

impl WalletSigner {
    pub fn elsewhere(address: Address) -> Self {
        Self { address, key: None }
    }

    /// Returns the key. Only a command that sends asks for it, and [`Signing::signer`] has read it for such a command.
    pub fn key(&self) -> Result<&Keypair, CommandError> {
        let missing = || CommandError::Input("there is no key to sign with".to_owned(), "name a --keypair");
        self.key.as_ref().ok_or_else(missing)
    }
}

/// Reads a keypair. The error never gives the parser's reason, which might quote the file.
pub fn keypair(file: &Path) -> Result<Keypair, CommandError> {
    if let Err(error) = std::fs::File::open(file) {
        let message = format!("{} cannot be read: {error}", file.display());
        return Err(CommandError::Input(message, "name the file of a keypair; `solana-keygen new` makes one"));
    }
    let unusable = |_| {
        let message = format!("{} is not a keypair", file.display());
        CommandError::Input(message, "name the file of a keypair; `solana-keygen new` makes one")
    };
    read_keypair_file(file).map_err(unusable)
}

impl Consent {
    /// Asks the person at the terminal, unless --yes is given or nothing is sent.
    pub fn given(&self, signing: &Signing, what: &str) -> Result<(), CommandError> {
        if self.yes || !signing.sends() {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(CommandError::Input(
                format!("this needs a confirmation: {what}"),
                "no terminal is there to ask at: add --yes, or --dry-run to look first",
            ));
        }
        eprint!("{what}? [y/N] ");
        let mut line = String::new();
        let read = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut line));
        match read {
            Ok(_) if matches!(line.trim(), "y" | "Y" | "yes") => Ok(()),
            _ => Err(CommandError::Input("not confirmed".to_owned(), "nothing was sent; answer y to confirm")),
        }
    }
}
