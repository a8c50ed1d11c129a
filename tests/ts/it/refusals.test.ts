// Every refusal of the program reaches the caller by its name and with its sentence, and is provoked on the compiled program.
import { readFileSync, readdirSync } from 'node:fs';
import {
    ALL,
    type Price,
    WRAPPED_SOL,
    assess,
    assetOf,
    borrow,
    deposit,
    execute,
    flashLoan,
    liquidate,
    list,
    mintVouchers,
    propose,
    refusalIn,
    settings,
    tokenAccount,
    tokenOf,
    transactionError,
    withdraw,
} from '@ballast/client';
import {
    type MarketSettingsArgs,
    type ProposalArgs,
    type SettingsArgs,
    findChangePda,
    getChangeExecuteInstruction,
    getPauseInstruction,
    getReserveTightenInstruction,
} from '@ballast/client/generated';
import { type Address, type Instruction } from '@solana/kit';
import { SYSTEM_PROGRAM_ADDRESS } from '@solana-program/system';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { expect, test } from 'vitest';
import { patch } from '../src/arena';
import { calm, publish } from '../src/pyth';
import { refused } from '../src/refused';
import { DELAY_SECS, OPEN, marketSettings } from '../src/settings';
import { type Scene, World, type AssetSymbol, TOKEN_2022, User, newMint } from '../src/world';

const idl = JSON.parse(readFileSync(new URL('../../snapshots/ballast.idl.json', import.meta.url), 'utf8')) as {
    errors: { code: number; name: string; msg: string }[];
};

test('every error is told by its name and as the program says it', () => {
    const told = idl.errors.map(({ code }) => refusalIn(transactionError({ InstructionError: [1, { Custom: code }] })));
    const expected = idl.errors.map(({ code, name, msg }) => ({ code, reason: name, message: msg }));
    expect(told.map((refusal) => ({ ...refusal, message: refusal?.message }))).toMatchObject(expected);
});

/** A world with a lender and a borrower on it. */
interface Play {
    readonly world: World;
    readonly lender: User;
    readonly borrower: User;
}

const loan = ({ borrower }: Play, atoms = 1_000_000n, symbol: AssetSymbol = 'USDC') =>
    borrower.act(symbol, (scene) => borrow({ ...scene, atoms }));

/** A loan whose last instruction names other accounts. */
const loanWith = (change: (accounts: Address[], scene: Scene, play: Play) => Address[]) => (play: Play) =>
    play.borrower.act('USDC', async (scene) =>
        renamed(await borrow({ ...scene, atoms: 1_000_000n }), -1, (accounts) => change(accounts, scene, play)),
    );

/** Instructions of which one names other accounts. */
function renamed(instructions: readonly Instruction[], nth: number, change: (accounts: Address[]) => Address[]) {
    const at = nth < 0 ? instructions.length + nth : nth;
    return instructions.map((instruction, index) => {
        const { accounts = [] } = instruction;
        if (index !== at) return instruction;
        const named = change(accounts.map((account) => account.address));
        return {
            ...instruction,
            accounts: named.map((address, i) => ({ ...accounts[i], address, role: accounts[i]?.role ?? 0 })),
        };
    });
}

const replacing = (old: Address | undefined, by: Address) => (accounts: Address[]) =>
    accounts.map((address) => (address === old ? by : address));

/** A loan at a price of its asset that is not calm. */
const loanAt = (price: Partial<Price>) => async (play: Play) => {
    const { chain, mints } = play.world;
    await publish(chain, play.world.feed(mints.USDC), { ...calm(1, chain.now), ...price });
    return loan(play);
};

/** A loan with other bytes in the price account. */
const loanWithPriceBytes =
    (offset: number, ...bytes: number[]) =>
    async (play: Play) => {
        const { asset } = await play.borrower.scene('USDC');
        patch(play.world.chain, asset.reserve.data.source.account, offset, new Uint8Array(bytes));
        return loan(play);
    };

/** A loan when other bytes stand in the reserve. */
const loanWithReserveBytes = (offset: number, bytes: Uint8Array) => async (play: Play) => {
    const { asset } = await play.borrower.scene('USDC');
    patch(play.world.chain, asset.reserve.address, offset, bytes);
    return loan(play);
};

async function tighten({ world }: Play, symbol: AssetSymbol, limits: Partial<SettingsArgs['limits']>) {
    const { chain, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints[symbol]).reserve.address;
    const to = { ...OPEN.limits, ...limits };
    await chain.send(
        [getReserveTightenInstruction({ signer: guardian, config, reserve, ltvBps: 7_500, ...to })],
        guardian,
    );
}

/** Proposes settings of SOL. */
const proposing =
    (change: Partial<SettingsArgs>, rampSecs = 86_400) =>
    async ({ world }: Play) => {
        const reserve = assetOf(await world.market(), world.mints.SOL).reserve.address;
        return proposed(world, { __kind: 'Settings', settings: { ...OPEN, ...change }, rampSecs }, 50n, reserve);
    };

const proposingMarket =
    (change: (market: MarketSettingsArgs) => Partial<MarketSettingsArgs>) =>
    ({ world }: Play) => {
        const market = marketSettings(world.guardian.address, world.feeReceiver.address);
        return proposed(world, { __kind: 'Market', market: { ...market, ...change(market) } }, 50n);
    };

const proposed = async (
    { chain, authority, config }: World,
    proposal: ProposalArgs,
    number: bigint,
    reserve?: Address,
) => chain.send(await propose(authority, { config, reserve, number }, proposal), authority);

/** Proposes a feed for SOL that says `dollars`, and waits. */
async function newFeed({ world }: Play, dollars: number) {
    const { chain, mints, authority } = world;
    const reserve = assetOf(await world.market(), mints.SOL).reserve.address;
    const proposal = { __kind: 'Feed', feed: world.feed(authority.address) } as const;
    await proposed(world, proposal, 60n, reserve);
    chain.advance(DELAY_SECS);
    await publish(chain, proposal.feed, calm(dollars, chain.now));
    return { change: { config: world.config, reserve, number: 60n }, proposal };
}

/** Takes SOL for USDC. */
async function seize({ world, lender, borrower }: Play, minSeizedAtoms = 0n) {
    const market = await world.market();
    const [collateral, debt] = [assetOf(market, world.mints.SOL), assetOf(market, world.mints.USDC)];
    const acting = { market, obligation: await borrower.obligation(), signer: lender.signer };
    return lender.send(await liquidate({ ...acting, collateral, debt, maxRepayAtoms: ALL, minSeizedAtoms }));
}

/** Publishes the highest SOL price at which the borrower is called; the average stays where it was. */
async function dip({ world, borrower }: Play) {
    const [sol] = assess(await borrower.scene('SOL')).positions;
    const { chain, mints } = world;
    await publish(chain, world.feed(mints.SOL), { ...calm(150, chain.now), spot: sol?.priceAt.call ?? 0n });
}

const PROVOKED: Record<string, (play: Play) => Promise<unknown>> = {
    WrongMarket: loanWith((accounts, { asset }, { world }) => {
        patch(world.chain, asset.reserve.address, 16, new Uint8Array(32));
        return accounts;
    }),
    WrongVault: loanWith((accounts, { asset }, { world }) =>
        replacing(asset.reserve.data.vault, world.guardian.address)(accounts),
    ),
    WrongRemainingAccounts: loanWith((accounts) => accounts.slice(0, -1)),
    UnknownVersion: loanWithReserveBytes(8, new Uint8Array([2])),
    WrongMint: loanWith((accounts, { asset }, { world }) =>
        replacing(asset.reserve.data.mint, world.mints.NEW)(accounts),
    ),
    WrongTokenProgram: loanWith((accounts) => replacing(TOKEN_PROGRAM_ADDRESS, TOKEN_2022)(accounts)),
    NotOwnersAccount: async ({ world, lender, borrower }) => {
        const rights = { delegate: lender.signer.address, delegateRights: 2n };
        await borrower.send(settings(borrower.signer, await borrower.obligation(), rights));
        const { asset } = await borrower.scene('USDC');
        const [owners, own] = await Promise.all(
            [borrower, lender].map(({ signer }) => tokenAccount(signer.address, tokenOf(asset))),
        );
        return new User(world, lender.signer, borrower.address).act('USDC', async (scene) =>
            renamed(await borrow({ ...scene, atoms: 1n }), -1, replacing(owners, own ?? scene.signer.address)),
        );
    },
    WrongVoucherMint: ({ world, borrower }) =>
        borrower.act('SOL', async (scene) => {
            const { voucherMint } = scene.asset.reserve.data;
            return renamed(await mintVouchers({ ...scene, shares: 1n }), -1, replacing(voucherMint, world.mints.NEW));
        }),
    WrongInstructionsSysvar: ({ lender }) =>
        lender.act('USDC', async ({ signer, asset }) =>
            renamed(await flashLoan(signer, asset, 1_000_000n, []), 1, (accounts) =>
                accounts.map((address) => (address.startsWith('Sysvar1nst') ? asset.reserve.data.mint : address)),
            ),
        ),
    OracleWrongAddress: loanWith((accounts, { asset, market }) =>
        replacing(
            asset.reserve.data.source.account,
            assetOf(market, WRAPPED_SOL).reserve.data.source.account,
        )(accounts),
    ),
    OracleWrongAccount: loanWithPriceBytes(0, 0),
    OracleNotFullyVerified: loanWithPriceBytes(40, 0),
    // One zero stands there already in every 256th feed, which is as random as its mint.
    OracleWrongFeed: loanWithPriceBytes(41, 0, 0, 0, 0, 0, 0, 0, 0),
    PriceFromFuture: async (play) => loanAt({ publishTime: play.world.chain.now + 61n })(play),
    PriceReplayed: async (play) => {
        await loan(play);
        return loanAt({ publishTime: play.world.chain.now - 1n })(play);
    },
    PriceNotPositive: loanAt({ spot: 0n }),
    PriceExponent: loanAt({ exponent: 1 }),
    PriceUncertain: loanAt({ confidence: 2_000_000n }),
    PriceOffAverage: loanAt({ ema: 10_000_000n, emaConfidence: 0n }),
    PriceJumped: loanAt({ spot: 1_000_000_000n, ema: 1_000_000_000n }),
    PriceRequired: async (play) => {
        const { change } = await newFeed(play, 150);
        const { authority, chain, config } = play.world;
        const [queued] = await findChangePda(change);
        const executing = { authority, config, change: queued, reserve: change.reserve };
        return chain.send([getChangeExecuteInstruction(executing)], authority);
    },
    FeedImplausible: async (play) => {
        const { change, proposal } = await newFeed(play, 1_000);
        const { authority, chain } = play.world;
        return chain.send(await execute(authority, change, proposal), authority);
    },
    InsufficientCollateral: ({ lender }) =>
        lender.act('USDC', (scene) => withdraw({ ...scene, atoms: 600_000_000_000n })),
    PositionConflict: (play) => loan(play, 1_000_000_000n, 'SOL'),
    MathOverflow: (play) => loan(play, ALL - 1n),
    SupplyCapReached: async (play) => {
        await tighten(play, 'USDC', { supplyCapAtoms: 500_000_000_000n });
        return play.lender.act('USDC', (scene) => deposit({ ...scene, atoms: 1_000_000n }));
    },
    BorrowCapReached: async (play) => {
        await tighten(play, 'USDC', { borrowCapAtoms: 701_000_000n });
        return loan(play);
    },
    UtilizationTooHigh: async (play) => {
        await tighten(play, 'USDC', { maxUtilizationBps: 10 });
        return loan(play);
    },
    DebtTooSmall: async (play) => {
        const other = await play.world.user(1_000_000_000n);
        await other.act('NEW', (scene) => deposit({ ...scene, atoms: ALL }));
        return other.act('USDC', (scene) => borrow({ ...scene, atoms: 1_000_000n }));
    },
    OutflowLimited: async ({ world, lender }) => {
        world.chain.advance(7_200n);
        return lender.act('USDC', (scene) => withdraw({ ...scene, atoms: 2_000_000_000n }));
    },
    DebtNotAllowed: async (play) => {
        await tighten(play, 'SOL', { allowedDebts: 0n });
        return loan(play);
    },
    ActionPaused: async (play) => {
        await pause(play);
        return loan(play);
    },
    FlashLoanOpen: ({ lender }) =>
        lender.act('USDC', async (scene) => {
            const between = await deposit({ ...scene, atoms: 1_000_000n });
            return flashLoan(scene.signer, scene.asset, 1_000_000n, between);
        }),
    SeizureBelowMinimum: async (play) => {
        await play.world.publish({ SOL: 80 });
        return seize(play, 1_000_000_000_000n);
    },
    CureWindowOpen: async (play) => {
        const { chain, authority, config } = play.world;
        await proposingMarket(patient)(play);
        chain.advance(DELAY_SECS);
        const market = marketSettings(play.world.guardian.address, play.world.feeReceiver.address);
        const proposal: ProposalArgs = { __kind: 'Market', market: { ...market, ...patient(market) } };
        await chain.send(await execute(authority, { config, number: 50n }, proposal), authority);
        await play.world.publish({});
        await dip(play);
        return seize(play);
    },
    WickGuarded: async (play) => {
        await dip(play);
        return seize(play);
    },
    InvalidCurve: proposing({ curve: { ...OPEN.curve, len: 1n } }),
    InvalidPriceGuard: proposing({ guard: { ...OPEN.guard, maxConfidenceBps: 0 } }),
    InvalidLimits: proposing({ limits: { ...OPEN.limits, outflowWindowSecs: 0 } }),
    InvalidMarginModel: proposing({ margin: { ...OPEN.margin, fastSecs: 0 } }),
    InvalidRamp: proposing({}, 1),
    StepTooLarge: proposing({ risk: { ...OPEN.risk, liquidationThresholdBps: 8_900 } }),
    InvalidLiquidationTerms: proposingMarket(({ terms }) => ({ terms: { ...terms, baseBonusBps: 1_001 } })),
    NoFeeReceiver: proposingMarket(() => ({ feeReceiver: SYSTEM_PROGRAM_ADDRESS })),
    ChangeObsolete: async (play) => {
        const { chain, authority, config } = play.world;
        const market = marketSettings(play.world.guardian.address, play.world.feeReceiver.address);
        const proposal: ProposalArgs = { __kind: 'Market', market };
        for (const number of [70n, 71n]) await proposed(play.world, proposal, number);
        chain.advance(DELAY_SECS);
        await chain.send(await execute(authority, { config, number: 70n }, proposal), authority);
        return chain.send(await execute(authority, { config, number: 71n }, proposal), authority);
    },
    PauseTooSoon: async (play) => {
        await pause(play);
        play.world.chain.advance(601n);
        return pause(play);
    },
    UnsupportedDecimals: async ({ world }) => {
        const { chain, authority, config } = world;
        const mint = await newMint(chain, authority, TOKEN_PROGRAM_ADDRESS);
        patch(chain, mint, 44, new Uint8Array([19]));
        const feed = world.feed(mint);
        await publish(chain, feed, calm(1, chain.now));
        const token = { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS };
        const { instructions } = await list({ authority, config, ...token, feed, acceptedExtensions: 0n });
        return chain.send(instructions, authority);
    },
};

const patient = ({ terms }: MarketSettingsArgs) => ({ terms: { ...terms, cureSlots: 100 } });

async function pause({ world }: Play) {
    const { chain, guardian, config, mints } = world;
    const reserve = assetOf(await world.market(), mints.USDC).reserve.address;
    await chain.send([getPauseInstruction({ signer: guardian, config, reserve, actions: 15n, secs: 600 })], guardian);
}

/** What needs another market than an open one. */
const LIMITS: Record<string, Partial<SettingsArgs['limits']>> = {
    DebtTooSmall: { minDebtAtoms: 10_000_000n },
    OutflowLimited: { outflowBps: 0, outflowFloorAtoms: 1_000_000_000n },
};

test.each(Object.keys(PROVOKED))('%s, provoked', async (name) => {
    const world = await World.set({ ...OPEN, limits: { ...OPEN.limits, ...LIMITS[name] } });
    const couple = await world.couple();
    expect(await refused(PROVOKED[name]?.({ world, ...couple }) ?? Promise.resolve())).toBe(name);
});

test('every refusal is provoked, here or in the file of its instruction', () => {
    const folder = new URL('.', import.meta.url);
    const files = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const isProvoked = (name: string) => name in PROVOKED || files.some((text) => text.includes(`'${name}'`));
    expect(idl.errors.filter(({ name }) => !isProvoked(name))).toEqual([]);
});
