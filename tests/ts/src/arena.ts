// A market with as many assets as a random state has. Real instructions list the assets; then tests write states into
// the accounts.
import { type Market, createTokenAccount, list, loadMarket, open, tokenAccount, withAccount } from '@ballast/client';
import {
    type Obligation,
    type Pool,
    fetchObligation,
    findConfigPda,
    getConfigEncoder,
    getConfigInitInstructionAsync,
    getObligationEncoder,
    getPoolDecoder,
    getReserveEncoder,
} from '@ballast/client/generated';
import {
    type Account,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type ReadonlyUint8Array,
    getAddressEncoder,
    getBase16Encoder,
    getU64Encoder,
} from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { Chain } from './chain';
import { calm, feedOf, publish, publishAt } from './pyth';
import { marketSettings } from './settings';
import { newMint } from './world';
import type { Vector, VectorAsset } from './vector';

/** The actor's balance of every token. */
const WEALTH = 1n << 61n;
/** Offsets in accounts of the SPL Token program. */
const MINT_DECIMALS = 44;
const TOKEN_AMOUNT = 64;
/** The clock's slot: later than every margin call. */
const SLOT = 1_000_000n;

/** Made once, because making them takes as long as using them. */
const CODECS = { pool: getPoolDecoder(), reserve: getReserveEncoder(), obligation: getObligationEncoder() };

export class Arena {
    private constructor(
        readonly chain: Chain,
        /** Owns the obligation and also liquidates it. */
        readonly actor: KeyPairSigner,
        private readonly listed: Market,
        private readonly opened: Account<Obligation>,
    ) {}

    /** Creates a market with this many assets. */
    static async create(assets: number): Promise<Arena> {
        const chain = new Chain();
        const actor = await chain.wallet();
        const market = marketSettings(actor.address, actor.address);
        await chain.send([await getConfigInitInstructionAsync({ creator: actor, market })], actor);
        const [config] = await findConfigPda({ creator: actor.address });
        for (let index = 0; index < assets; index++) await listOne(chain, actor, config);
        const { instructions, obligation } = await open({ config, owner: actor, number: 0 });
        await chain.send(instructions, actor);
        const opened = await fetchObligation(chain.rpc, obligation.address);
        return new Arena(chain, actor, await loadMarket(chain.rpc, config), opened);
    }

    /** Writes a state into the accounts. */
    async install({ now, warningBps, hardLineBps, assets }: Vector): Promise<void> {
        this.chain.setClock(SLOT, now);
        const { config } = this.listed;
        const terms = { ...config.data.market.terms, hardLineBps, cureSlots: 750 };
        const data = { ...config.data, market: { ...config.data.market, terms } };
        this.write(config.address, getConfigEncoder().encode(data));
        for (const [index, asset] of assets.entries()) this.installAsset(index, asset);
        const slots = assets.flatMap(({ position }, index) => {
            if (!position) return [];
            const { address: reserve } = this.asset(index).reserve;
            return [{ reserve, shares: position.shares, side: position.side === 'debt' ? 1n : 0n }];
        });
        const positions = {
            len: BigInt(slots.length),
            slots: [...slots, ...this.opened.data.positions.slots].slice(0, 16),
        };
        const obligation = { ...this.opened.data, warningBps, positions };
        this.write(this.opened.address, CODECS.obligation.encode(obligation));
    }

    /** Publishes another spot price. */
    price(index: number, { price }: VectorAsset, spot = price.spot): void {
        const { account, feedId } = this.asset(index).reserve.data.source;
        publishAt(this.chain, account, { feedId }, { ...price, spot });
    }

    /** Publishes another price that has stood for long: its average and the reserve's mark are the same. */
    settle(index: number, asset: VectorAsset, spot: bigint): void {
        const { price } = asset;
        this.price(index, { ...asset, price: { ...price, ema: spot } }, spot);
        const pool = poolOf(asset);
        const mark = { spot, digits: BigInt(-price.exponent), markedAt: price.publishTime, unconfirmedAt: 0n };
        this.installPool(index, { ...pool, volatility: { ...pool.volatility, ...mark } });
    }

    /** Publishes every price, a dollar, dated now. */
    publish(): void {
        for (const { reserve } of this.listed.assets) {
            const { account, feedId } = reserve.data.source;
            publishAt(this.chain, account, { feedId }, calm(1, this.chain.now));
        }
    }

    /** Returns the market at the prices that are published now. */
    repriced(market: Market): Market {
        const prices = market.assets.map(({ reserve }) => this.chain.svm.getAccount(reserve.data.source.account));
        return prices.filter((account) => account.exists).reduce(withAccount, market);
    }

    /** Loads the state through the client. */
    async load(): Promise<{ market: Market; obligation: Account<Obligation>; signer: KeyPairSigner }> {
        const { rpc } = this.chain;
        const market = await loadMarket(rpc, this.listed.config.address);
        return { market, obligation: await fetchObligation(rpc, this.opened.address), signer: this.actor };
    }

    /** Simulates instructions; returns the logs or rejects with the refusal. */
    simulate(instructions: readonly Instruction[]): Promise<readonly string[]> {
        const lifetime = { blockhash: this.chain.svm.latestBlockhash(), lastValidBlockHeight: 1n };
        return this.chain.simulate(instructions, { feePayer: this.actor, lifetime });
    }

    private installAsset(index: number, asset: VectorAsset): void {
        const { data } = this.asset(index).reserve;
        const pool = poolOf(asset);
        this.installPool(index, pool);
        this.patch(data.vault, TOKEN_AMOUNT, getU64Encoder().encode(pool.ledger.cashAtoms));
        this.patch(data.mint, MINT_DECIMALS, new Uint8Array([pool.decimals]));
        this.price(index, asset);
    }

    private installPool(index: number, pool: Pool): void {
        const { address, data } = this.asset(index).reserve;
        this.write(address, CODECS.reserve.encode({ ...data, pool: { ...pool, id: address } }));
    }

    private asset(index: number) {
        const asset = this.listed.assets[index];
        if (!asset) throw new RangeError('The state has more assets than the market lists.');
        return asset;
    }

    private write(address: Address, data: ReadonlyUint8Array): void {
        overwrite(this.chain, address, () => new Uint8Array(data));
    }

    private patch(address: Address, offset: number, bytes: ReadonlyUint8Array): void {
        patch(this.chain, address, offset, bytes);
    }
}

const poolOf = ({ pool }: VectorAsset): Pool => CODECS.pool.decode(getBase16Encoder().encode(pool));

/** Lists a new token with a new feed and gives the actor a large balance of it. */
async function listOne(chain: Chain, actor: KeyPairSigner, config: Address): Promise<void> {
    const mint = await newMint(chain, actor, TOKEN_PROGRAM_ADDRESS);
    const feed = feedOf(getAddressEncoder().encode(mint));
    await publish(chain, feed, calm(1, chain.now));
    const token = { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS };
    const { instructions } = await list({
        authority: actor,
        config,
        ...token,
        feed,
        acceptedPowers: 0n,
        symbol: 'TOKEN',
    });
    await chain.send([...instructions, await createTokenAccount(actor, token)], actor);
    patch(chain, await tokenAccount(actor.address, token), TOKEN_AMOUNT, getU64Encoder().encode(WEALTH));
}

/** Overwrites bytes of an account. */
export function patch(chain: Chain, address: Address, offset: number, bytes: ReadonlyUint8Array): void {
    overwrite(chain, address, (data) => {
        const patched = new Uint8Array(data);
        patched.set(bytes, offset);
        return patched;
    });
}

/** Replaces the bytes of an account. */
export function overwrite(chain: Chain, address: Address, data: (before: ReadonlyUint8Array) => Uint8Array): void {
    const account = chain.svm.getAccount(address);
    if (!account.exists) throw new Error(`There is no account ${address}.`);
    chain.svm.setAccount({ ...account, data: data(account.data) });
}
