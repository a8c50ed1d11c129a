// A market with three assets and its users, made by real instructions through the client.
import {
    type Asset,
    type ObligationLike,
    type Market,
    WRAPPED_SOL,
    assetOf,
    borrow,
    createTokenAccount,
    deposit,
    execute,
    list,
    loadMarket,
    open,
    propose,
    tokenAccount,
    tokenOf,
    withPosition,
    type Side,
} from '@ballast/client';
import {
    type Obligation,
    type ProposalArgs,
    type SettingsArgs,
    fetchObligation,
    findConfigPda,
    getConfigInitInstructionAsync,
} from '@ballast/client/generated';
import {
    type Account,
    type Address,
    type Instruction,
    type KeyPairSigner,
    address,
    generateKeyPairSigner,
    getAddressEncoder,
    lamports,
} from '@solana/kit';
import { getCreateAccountInstruction } from '@solana-program/system';
import {
    TOKEN_PROGRAM_ADDRESS,
    getInitializeMint2Instruction,
    getMintSize,
    getMintToInstruction,
    fetchMaybeToken,
} from '@solana-program/token';
import { Chain } from './chain';
import { calm, feedOf, publish } from './pyth';
import { DELAY_SECS, OPEN, marketSettings } from './settings';

export const TOKEN_2022 = address('TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb');

/** The listed assets, by symbol. */
export type AssetSymbol = 'SOL' | 'USDC' | 'NEW';
const DOLLARS: Record<AssetSymbol, number> = { SOL: 150, USDC: 1, NEW: 20 };

/** A day: the shortest ramp. */
const RAMP_SECS = 86_400;

export class World {
    private constructor(
        readonly chain: Chain,
        /** Also the mint authority of the tokens. */
        readonly authority: KeyPairSigner,
        readonly guardian: KeyPairSigner,
        readonly feeReceiver: KeyPairSigner,
        readonly config: Address,
        readonly mints: Record<AssetSymbol, Address>,
    ) {}

    static async create(settings = OPEN): Promise<World> {
        const chain = new Chain();
        const [authority, guardian, feeReceiver] = await Promise.all([chain.wallet(), chain.wallet(), chain.wallet()]);
        const market = marketSettings(guardian.address, feeReceiver.address);
        await chain.send([await getConfigInitInstructionAsync({ creator: authority, market })], authority);
        const [config] = await findConfigPda({ creator: authority.address });
        const mints = {
            SOL: WRAPPED_SOL,
            USDC: await newMint(chain, authority, TOKEN_PROGRAM_ADDRESS),
            NEW: await newMint(chain, authority, TOKEN_2022),
        };
        const world = new World(chain, authority, guardian, feeReceiver, config, mints);
        await world.listAll(settings);
        return world;
    }

    /** Lists every asset and opens it by a change after its notice. */
    private async listAll(settings: SettingsArgs): Promise<void> {
        const { authority, config, chain } = this;
        await this.publish({});
        const opening: ProposalArgs = { __kind: 'Settings', settings, rampSecs: RAMP_SECS };
        const queued = await Promise.all(
            Object.entries(this.mints).map(async ([symbol, mint], index) => {
                const tokenProgram = symbol === 'NEW' ? TOKEN_2022 : TOKEN_PROGRAM_ADDRESS;
                const feed = this.feed(mint);
                const listing = { authority, config, mint, tokenProgram, feed, acceptedPowers: 0n, symbol };
                const { instructions, reserve } = await list(listing);
                return { instructions, change: { config, reserve, number: BigInt(index) } };
            }),
        );
        for (const { instructions, change } of queued)
            await chain.send([...instructions, ...(await propose(authority, change, opening))], authority);
        chain.advance(DELAY_SECS);
        for (const { change } of queued) await chain.send(await execute(authority, change, opening), authority);
        await this.publish({});
    }

    /** Publishes every price, dated now. Assets that `dollars` does not name get their initial price. */
    async publish(dollars: Partial<Record<AssetSymbol, number>>): Promise<void> {
        for (const [symbol, mint] of Object.entries(this.mints) as [AssetSymbol, Address][])
            await publish(this.chain, this.feed(mint), calm(dollars[symbol] ?? DOLLARS[symbol], this.chain.now));
    }

    feed(mint: Address) {
        return feedOf(getAddressEncoder().encode(mint));
    }

    market(): Promise<Market> {
        return loadMarket(this.chain.rpc, this.config);
    }

    /** Creates a user with SOL, an open obligation and `tokens` atoms of every other asset. */
    async user(tokens: bigint): Promise<User> {
        const signer = await this.chain.wallet();
        const market = await this.market();
        const { instructions, obligation } = await open({ config: this.config, owner: signer, number: 0 });
        await this.chain.send(instructions, signer);
        for (const symbol of ['USDC', 'NEW'] as const)
            await this.issue(signer.address, assetOf(market, this.mints[symbol]), tokens);
        return new User(this, signer, obligation.address);
    }

    /**
     * Creates a lender with 500,000 USDC supplied, and a borrower with 10 SOL as collateral and a debt of `dollars`
     * USDC.
     */
    async lenderAndBorrower(dollars = 700n): Promise<{ lender: User; borrower: User }> {
        const [lender, borrower] = [await this.user(1_000_000_000_000n), await this.user(1_000_000_000n)];
        await lender.act('USDC', (scene) => deposit({ ...scene, atoms: 500_000_000_000n }));
        await borrower.act('SOL', (scene) => deposit({ ...scene, atoms: 10_000_000_000n }));
        await borrower.act('USDC', (scene) => borrow({ ...scene, atoms: dollars * 1_000_000n }));
        return { lender, borrower };
    }

    /** Mints tokens to an owner. */
    async issue(to: Address, asset: Asset, amount: bigint): Promise<void> {
        const { mint, tokenProgram } = tokenOf(asset);
        const token = await tokenAccount(to, { mint, tokenProgram });
        const mintTo = getMintToInstruction(
            { mint, token, mintAuthority: this.authority, amount },
            { programAddress: tokenProgram },
        );
        const create = await createTokenAccount(this.authority, { mint, tokenProgram }, to);
        await this.chain.send([create, mintTo], this.authority);
    }
}

/** The input of an action on an asset, without an amount. */
export interface Scene {
    readonly market: Market;
    readonly obligation: ObligationLike;
    readonly signer: KeyPairSigner;
    readonly asset: Asset;
}

export class User {
    constructor(
        private readonly world: World,
        readonly signer: KeyPairSigner,
        readonly address: Address,
    ) {}

    obligation(): Promise<Account<Obligation>> {
        return fetchObligation(this.world.chain.rpc, this.address);
    }

    /** Loads the market and the obligation; picks the asset of a symbol. */
    async scene(symbol: AssetSymbol): Promise<Scene & { obligation: Account<Obligation> }> {
        const market = await this.world.market();
        const asset = assetOf(market, this.world.mints[symbol]);
        return { market, obligation: await this.obligation(), signer: this.signer, asset };
    }

    /** Sends an action on an asset, built from the current state of the chain, and returns the logs. */
    async act(
        symbol: AssetSymbol,
        action: (scene: Scene) => Promise<readonly Instruction[]>,
    ): Promise<readonly string[]> {
        return this.send(await action(await this.scene(symbol)));
    }

    send(instructions: readonly Instruction[]): Promise<readonly string[]> {
        return this.world.chain.send(instructions, this.signer);
    }

    /** Returns the balance of the user's token account. */
    async balance(symbol: AssetSymbol): Promise<bigint> {
        const { asset } = await this.scene(symbol);
        const account = await tokenAccount(this.signer.address, tokenOf(asset));
        const token = await fetchMaybeToken(this.world.chain.rpc, account);
        return token.exists ? token.data.amount : 0n;
    }

    /** Returns the obligation as it is after an earlier instruction of the same transaction. */
    async with(symbol: AssetSymbol, side: Side): Promise<ObligationLike> {
        const { obligation, asset } = await this.scene(symbol);
        return withPosition(obligation, asset.reserve.address, side);
    }
}

/** Creates a token with six decimals that the authority issues. */
export async function newMint(chain: Chain, authority: KeyPairSigner, programAddress: Address): Promise<Address> {
    const mint = await generateKeyPairSigner();
    const space = getMintSize();
    await chain.send(
        [
            getCreateAccountInstruction({
                payer: authority,
                newAccount: mint,
                lamports: lamports(chain.svm.minimumBalanceForRentExemption(BigInt(space))),
                space,
                programAddress,
            }),
            getInitializeMint2Instruction(
                { mint: mint.address, decimals: 6, mintAuthority: authority.address },
                { programAddress },
            ),
        ],
        authority,
    );
    return mint.address;
}
