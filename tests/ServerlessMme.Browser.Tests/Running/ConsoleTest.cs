using Microsoft.Playwright;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary>A test in one page of its own. Whatever a page must never do fails the test.</summary>
public abstract class ConsoleTest(ConsoleFixture fixture) : IAsyncLifetime
{
    /// <summary>Most milliseconds of a test; a slow machine needs a tenth.</summary>
    public const int Timeout = 180_000;

    private WatchedPage? _page;

    private protected ConsoleFixture Fixture => fixture;

    private protected WatchedPage Page => _page!;

    private protected static CancellationToken None => CancellationToken.None;

    public virtual async ValueTask InitializeAsync() => _page = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_page is not null)
        {
            await _page.DisposeAsync();
            _page.AssertHarmless();
        }
    }

    private protected virtual Task<WatchedPage> OpenAsync() => fixture.OpenAsync();

    private protected static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);
}
