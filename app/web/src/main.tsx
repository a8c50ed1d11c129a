import { createRoot } from 'react-dom/client';
import { App } from './App';
import { connect, isLocal } from './chain/connection';
import { registerBurner } from './wallet/burner';

const element = document.getElementById('root');
if (!element) throw new Error('index.html has no #root');
const root = createRoot(element);
try {
    const connection = await connect(location.search);
    root.render(<App connection={connection} />);
    // After the first render, because a browser that cannot make such keys still shows the markets.
    if (isLocal(connection)) registerBurner(localStorage).catch(console.error);
} catch (error) {
    root.render(
        <main>
            <title>Ballast</title>
            <h1>Ballast</h1>
            <p className="notice bad" role="alert">
                {error instanceof Error ? error.message : String(error)}
            </p>
        </main>,
    );
}
