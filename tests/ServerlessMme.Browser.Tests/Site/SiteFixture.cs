using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Browser.Tests.Site;

/// <summary>The docs site that <c>docs/site/build</c> built, on a plain file server, and a browser.</summary>
public sealed class SiteFixture : IAsyncLifetime
{
    private const string Missing = "There is no docs site in artifacts/site. Run docs/site/build.";

    private WebApplication? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Folder of the built site.</summary>
    internal static string Folder { get; } = Repository.PathOf("artifacts", "site");

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Program is null || !File.Exists(Path.Combine(Folder, "index.html")))
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout((float)WatchedPage.Patience.TotalMilliseconds);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.UseFileServer(new FileServerOptions { FileProvider = new PhysicalFileProvider(Folder) });
        await _server.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    internal static void SkipWithoutSite() =>
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, "index.html")), Missing);

    /// <summary>A page at a file of the site.</summary>
    internal async Task<WatchedPage> OpenAsync(string file, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(Chromium.Program is null, Chromium.Missing);
        SkipWithoutSite();
        var address = new Uri(_server!.Urls.Single());
        var page = await WatchedPage.OpenAsync(_browser!, address, new() { ColorScheme = scheme });
        await page.Page.GotoAsync(new Uri(address, file).ToString());
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
