import { Component, type ReactNode } from 'react';

interface Props {
    readonly children: ReactNode;
}

/** Contains a failure of one page, such as a part that does not load or a bug, so that the rest goes on. */
export class Boundary extends Component<Props, { readonly why: string | undefined }> {
    override state = { why: undefined };

    static getDerivedStateFromError(error: unknown) {
        return { why: error instanceof Error ? error.message : String(error) };
    }

    override render() {
        const { why } = this.state;
        if (why === undefined) return this.props.children;
        return (
            <p className="notice bad" role="alert">
                This part of the page cannot be shown: {why}{' '}
                <button type="button" className="link" onClick={() => location.reload()}>
                    Reload the page
                </button>
            </p>
        );
    }
}
