using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary>A page of the console in a context of its own. Notes everything that no data may make it do.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    /// <summary>How long a page may take for one step.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _problems = [];
    private readonly Uri _address;

    private WatchedPage(IPage page, Uri address)
    {
        Page = page;
        _address = address;
        page.Dialog += async (_, dialog) =>
        {
            _problems.Enqueue($"dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        page.PageError += (_, error) => _problems.Enqueue($"page error: {error}");
        page.Console += (_, message) => Note(message);
        page.Request += (_, request) => Note(request);
        page.Popup += (_, popup) => _problems.Enqueue($"popup: {popup.Url}");
        page.Download += (_, download) => _problems.Enqueue($"download: {download.Url}");
    }

    public IPage Page { get; }

    public IKeyboard Keyboard => Page.Keyboard;

    private string Origin => _address.GetLeftPart(UriPartial.Authority);

    public static async Task<WatchedPage> OpenAsync(
        IBrowser browser, Uri address, BrowserNewContextOptions options)
    {
        options.ViewportSize ??= new ViewportSize { Width = 1280, Height = 800 };
        options.ReducedMotion = ReducedMotion.Reduce;
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        return new WatchedPage(await context.NewPageAsync(), address);
    }

    /// <summary>Opens the console with its token, which signs the context in.</summary>
    public Task SignInAsync(string query) => Page.GotoAsync($"{Origin}/console{query}{_address.Fragment}");

    /// <param name="query">The page's state, as in <c>?view=gallery&amp;model=photos</c>.</param>
    public Task GoAsync(string query) => Page.GotoAsync($"{Origin}/console{query}");

    public ILocator Locator(string selector) => Page.Locator(selector);

    public ILocator Heading(string name) =>
        Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = name, Exact = true });

    public ILocator Button(string name) =>
        Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    public ILocator Text(string text) => Page.GetByText(text, new PageGetByTextOptions { Exact = true });

    /// <summary>Waits until the address holds this part of the page's state.</summary>
    public Task ExpectStateAsync(string key, string value) => Assertions.Expect(Page).ToHaveURLAsync(
        new Regex($"[?&]{key}={Regex.Escape(Uri.EscapeDataString(value))}(&|$)"));

    /// <summary>Waits until the address does not hold this part of the page's state.</summary>
    public Task ExpectNoStateAsync(string key) =>
        Assertions.Expect(Page).Not.ToHaveURLAsync(new Regex($"[?&]{key}="));

    public Task PressAsync(string key) => Page.Keyboard.PressAsync(key);

    /// <summary>Presses Tab until one of the elements has the focus.</summary>
    public async Task TabToAsync(ILocator target, string key = "Tab", int atMost = 100)
    {
        await Assertions.Expect(target.First).ToBeVisibleAsync();
        for (var pressed = 0; pressed < atMost; pressed++)
        {
            await PressAsync(key);
            if (await HasFocusAsync(target))
            {
                return;
            }
        }

        Assert.Fail($"{key} pressed {atMost} times does not lead to {target}.");
    }

    /// <summary>Fails the test if the page did what no data may make it do.</summary>
    public void AssertHarmless() => Assert.Empty(_problems);

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    private static Task<bool> HasFocusAsync(ILocator target) =>
        target.EvaluateAllAsync<bool>("all => all.some(e => e.getRootNode().activeElement === e)");

    private void Note(IConsoleMessage message)
    {
        // The browser logs each answer that is an error; tests that provoke one look at what the page shows.
        if (message.Type is "error" or "warning"
            && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
        {
            _problems.Enqueue($"{message.Type}: {message.Text}");
        }
    }

    private void Note(IRequest request)
    {
        if (!request.Url.StartsWith(Origin + "/", StringComparison.Ordinal)
            && !request.Url.StartsWith("data:", StringComparison.Ordinal)
            && !request.Url.StartsWith("about:", StringComparison.Ordinal))
        {
            _problems.Enqueue($"request to {request.Url}");
        }
    }
}
