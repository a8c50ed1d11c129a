//! Who signs, at what price, and whether anything is sent at all.

use crate::answer::Failure;
use anchor_lang::prelude::Address;
use ballast_client::Chain;
use ballast_client::accounts::Undecodable;
use ballast_client::transaction::lookup_table;
use clap::Args;
use solana_account::Account;
use solana_keypair::{Keypair, read_keypair_file};
use solana_message::AddressLookupTableAccount;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer as _;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Signing {
    /// Who signs and pays the fee
    #[arg(long, env = "BALLAST_KEYPAIR", value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// Who will sign, for --dry-run and --print-transaction: no key is read then
    #[arg(long, value_name = "ADDRESS")]
    authority: Option<Address>,
    /// Say what it would do and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the transaction's message in base 64, for a multisig, and send nothing
    // Without a budget and a fee: whoever executes it pays for it.
    #[arg(long, conflicts_with = "dry_run")]
    pub print_transaction: bool,
    /// The priority fee in micro-lamports per compute unit; by default what others have lately paid
    #[arg(long, value_name = "MICRO_LAMPORTS")]
    pub priority_fee: Option<u64>,
    /// A lookup table, for an obligation of so many positions that they fit no transaction otherwise; it holds the addresses of
    /// reserves and of their price accounts
    #[arg(long = "lookup-table", value_name = "ADDRESS")]
    pub lookup_tables: Vec<Address>,
}

/// What a market's keys cannot take back is asked for.
#[derive(Args)]
pub struct Consent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// A wallet, or the address of one whose key is elsewhere.
pub struct Signer {
    pub address: Address,
    key: Option<Keypair>,
}

impl Signing {
    pub fn sends(&self) -> bool {
        !self.dry_run && !self.print_transaction
    }

    /// The same for a transaction that others sign.
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

    pub fn tables(&self, node: &RpcClient) -> Result<Vec<AddressLookupTableAccount>, Failure> {
        if self.lookup_tables.is_empty() {
            return Ok(Vec::new());
        }
        let found = node.accounts(&self.lookup_tables).map_err(Failure::chain)?;
        let table = |(address, account): (&Address, Option<Account>)| {
            let table = account.ok_or(Undecodable::Missing).and_then(|account| lookup_table(*address, &account));
            table.map_err(|reason| Failure::NotFound(format!("lookup table {address}: {reason}")))
        };
        self.lookup_tables.iter().zip(found).map(table).collect()
    }

    pub fn signer(&self) -> Result<Signer, Failure> {
        if let Some(address) = self.authority {
            return match self.sends() {
                false => Ok(Signer::elsewhere(address)),
                true => Err(Failure::Input(
                    "--authority is an address, which cannot sign".to_owned(),
                    "add --print-transaction or --dry-run, or name a --keypair instead",
                )),
            };
        }
        let Some(file) = &self.keypair else {
            return Err(Failure::Input("nobody is named who signs".to_owned(), "name a --keypair, or BALLAST_KEYPAIR"));
        };
        let key = keypair(file)?;
        Ok(Signer { address: key.pubkey(), key: Some(key) })
    }
}

impl Signer {
    pub fn elsewhere(address: Address) -> Self {
        Self { address, key: None }
    }

    /// Only what sends asks for it, and what sends has made sure that it is there.
    pub fn key(&self) -> Result<&Keypair, Failure> {
        self.key.as_ref().ok_or_else(|| Failure::Input("there is no key to sign with".to_owned(), "name a --keypair"))
    }
}

/// Why what was read is no key is said by nobody: the reason might quote it.
pub fn keypair(file: &Path) -> Result<Keypair, Failure> {
    if let Err(error) = std::fs::File::open(file) {
        let said = format!("{} cannot be read: {error}", file.display());
        return Err(Failure::Input(said, "name the file of a keypair; `solana-keygen new` makes one"));
    }
    let unusable = |_| Failure::Input(format!("{} is no keypair", file.display()), "`solana-keygen new` makes one");
    read_keypair_file(file).map_err(unusable)
}

impl Consent {
    /// Whether it may be done; who cannot be asked has to have said so.
    pub fn given(&self, signing: &Signing, what: &str) -> Result<(), Failure> {
        if self.yes || !signing.sends() {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Input(
                format!("not done unasked: {what}"),
                "nobody is at a terminal to be asked: add --yes, or --dry-run to look first",
            ));
        }
        eprint!("{what}? [y/N] ");
        let mut said = String::new();
        let heard = std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut said));
        match heard {
            Ok(_) if matches!(said.trim(), "y" | "Y" | "yes") => Ok(()),
            _ => Err(Failure::Input("not done".to_owned(), "nothing was sent")),
        }
    }
}
