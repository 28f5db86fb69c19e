using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Seeding;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary>
/// An account with data, <c>mme console</c> on it, and a browser: one for all tests, which run one after the other.
/// </summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    // A path below it must fit into a socket's address, so it is short.
    private readonly string _artifacts = Directory.CreateTempSubdirectory("mme-").FullName;
    private EmulatedAccount? _emulated;
    private SeededAccount? _account;
    private RunningConsole? _console;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _session = "";

    /// <summary>Folder of artifacts. A worker that the console is to see has the same.</summary>
    internal string Artifacts => _artifacts;

    internal string Connection => _emulated!.ConnectionString;

    internal SeededAccount Account => _account!;

    internal Uri Address => _console!.Address;

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Program is null)
        {
            return;
        }

        // Slow on a busy machine on first use, so that no test's own limit should include it.
        Assertions.SetDefaultExpectTimeout((float)WatchedPage.Patience.TotalMilliseconds);
        var starting = StartBrowserAsync();
        _emulated = await EmulatedAccount.StartAsync();
        _account = new SeededAccount(_emulated, _artifacts);
        await Task.WhenAll(_account.SeedAsync(), StartConsoleAsync(), starting);
        _session = await SignInAsync(Address);
    }

    /// <summary>A page that is signed in.</summary>
    /// <param name="options">Of the page's context; null for the defaults.</param>
    internal async Task<WatchedPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(Chromium.Program is null, Chromium.Missing);
        options ??= new BrowserNewContextOptions();
        options.StorageState = _session;
        return await WatchedPage.OpenAsync(_browser!, Address, options);
    }

    /// <summary>A page without a session, of this console or another one.</summary>
    internal Task<WatchedPage> OpenUnknownAsync(Uri? address = null)
    {
        Assert.SkipWhen(Chromium.Program is null, Chromium.Missing);
        return WatchedPage.OpenAsync(_browser!, address ?? Address, new BrowserNewContextOptions());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        foreach (var started in (IAsyncDisposable?[])[_console, _account, _emulated])
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }

        Directory.Delete(_artifacts, recursive: true);
    }

    private async Task StartBrowserAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    private async Task StartConsoleAsync() => _console = await RunningConsole.StartAsync(Connection, _artifacts);

    /// <summary>The session's cookie, so that the other pages need no token.</summary>
    private async Task<string> SignInAsync(Uri address)
    {
        await using var page = await WatchedPage.OpenAsync(_browser!, address, new BrowserNewContextOptions());
        await page.SignInAsync("?view=jobs");
        await Assertions.Expect(page.Heading("Jobs")).ToBeVisibleAsync();
        return await page.Page.Context.StorageStateAsync();
    }
}
