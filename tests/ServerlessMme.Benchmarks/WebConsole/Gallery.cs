using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace ServerlessMme.Benchmarks.WebConsole;

/// <summary>The gallery in headless Chromium, in a browser profile of its own: nothing is cached.</summary>
internal sealed class Gallery : IAsyncDisposable
{
    private static readonly string[] s_browsers =
    [
        "/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    ];

    private readonly IBrowserContext _context;
    private readonly IPage _page;

    private Gallery(IBrowserContext context, IPage page)
    {
        _context = context;
        _page = page;
    }

    /// <summary>The installed Chromium; null without one.</summary>
    public static string? FindBrowser() => s_browsers.FirstOrDefault(File.Exists);

    /// <summary>Opens the console with its token. Returns the session, for pages that follow.</summary>
    public static async Task<string> SignInAsync(IBrowser browser, Uri address)
    {
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{address}");
        await page.WaitForFunctionAsync(
            "() => document.querySelector('mme-app')?.shadowRoot?.querySelector('mme-nav')");
        return await context.StorageStateAsync();
    }

    public static async Task<Gallery> CreateAsync(IBrowser browser, string session)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            StorageState = session,
            ViewportSize = new ViewportSize { Width = 1440, Height = 900 },
        });
        await context.AddInitScriptAsync(Watch);
        return new Gallery(context, await context.NewPageAsync());
    }

    /// <summary>Opens the gallery. Returns once every picture in sight is decoded and drawn.</summary>
    public async Task<FirstScreen> OpenAsync(Uri address)
    {
        await _page.GotoAsync($"{address}", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await _page.WaitForFunctionAsync("() => window.firstScreen");
        var seen = (await _page.EvaluateAsync("() => window.firstScreen"))!.Value;
        return new FirstScreen(
            seen.GetProperty("at").GetDouble(),
            seen.GetProperty("row").GetDouble(),
            seen.GetProperty("tiles").GetInt32(),
            seen.GetProperty("asked").GetDouble(),
            seen.GetProperty("listed").GetDouble(),
            seen.GetProperty("count").GetInt32());
    }

    /// <summary>Turns the wheel for a while.</summary>
    public async Task<Scroll> ScrollAsync(TimeSpan duration)
    {
        await _page.Mouse.MoveAsync(700, 600);
        await _page.EvaluateAsync("() => window.countFrames()");
        var trace = await FrameTrace.StartAsync(_page);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(16));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration; await timer.WaitForNextTickAsync())
        {
            await _page.Mouse.WheelAsync(0, 200);
        }

        var rates = await trace.EndAsync();
        var gaps = (await _page.EvaluateAsync("() => window.frameGaps()"))!.Value.EnumerateArray()
            .Select(gap => gap.GetDouble()).ToList();
        var scrolled = (await _page.EvaluateAsync("() => window.grid().querySelector('.port').scrollTop"))!.Value;
        return new Scroll(rates, gaps, scrolled.GetDouble());
    }

    /// <summary>Scrolls until the list is complete. Returns the number of its items.</summary>
    public async Task<int> ScrollToEndAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync())
        {
            var items = await _page.EvaluateAsync<int>(
                """
                () => {
                  const port = window.grid().querySelector('.port');
                  port.scrollTop = port.scrollHeight;
                  const { list } = window.grid().host;
                  return list.complete ? list.items.length : -1;
                }
                """);
            if (items >= 0)
            {
                return items;
            }
        }

        throw new UnreachableException();
    }

    /// <summary>Waits until the header shows the count of all images.</summary>
    public Task WaitForCountAsync() => _page.WaitForFunctionAsync(
        """
        () => {
          const figures = window.grid().host.getRootNode().querySelector('.figures');
          return figures && !figures.querySelector('.spin');
        }
        """,
        null,
        new PageWaitForFunctionOptions { Timeout = 300_000 });

    /// <summary>Megabytes of the page's own objects.</summary>
    public async Task<double> HeapMBAsync() =>
        (await _page.EvaluateAsync("() => performance.memory.usedJSHeapSize"))!.Value.GetDouble() / 1e6;

    /// <summary>Counts all images through the API. Returns how many the server saw.</summary>
    public async Task<long> SummarizeAsync(Uri summary)
    {
        var csrf = await _page.EvaluateAsync<string>("localStorage.getItem('mme-console')");
        var answer = await _page.APIRequest.GetAsync($"{summary}", new APIRequestContextOptions
        {
            Timeout = 300_000,
            Headers = new Dictionary<string, string> { ["X-Mme-Console"] = csrf },
        });
        var last = (await answer.TextAsync()).TrimEnd().Split("event: done\ndata: ")[^1];
        using var done = JsonDocument.Parse(last);
        return done.RootElement.GetProperty("seen").GetInt64();
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private const string Watch =
        """
        (() => {
          window.grid = () => ["mme-gallery", "mme-grid"].reduce(
            (root, name) => root?.querySelector(name)?.shadowRoot, document.querySelector("mme-app")?.shadowRoot);
          const inSight = () => {
            const port = window.grid()?.querySelector(".port")?.getBoundingClientRect();
            return port ? [...window.grid().querySelectorAll(".tile:not(.ghost)")].filter(tile => {
              const { top, bottom } = tile.getBoundingClientRect();
              return bottom > port.top && top < port.bottom;
            }) : [];
          };
          let firstRow = null;
          const look = async () => {
            const tiles = inSight();
            const images = tiles.map(tile => tile.querySelector("img"));
            const top = tiles[0]?.getBoundingClientRect().top;
            if (firstRow === null && tiles.length > 0 && tiles
              .filter(tile => tile.getBoundingClientRect().top === top)
              .every(tile => tile.querySelector("img").dataset.state === "shown")) {
              firstRow = performance.now();
            }
            if (images.length === 0 || !images.every(image => image.dataset.state === "shown")) {
              requestAnimationFrame(look);
              return;
            }
            await Promise.all(images.map(image => image.decode()));
            // What a frame's callback sees is drawn when the next one comes.
            requestAnimationFrame(() => requestAnimationFrame(() => {
              const list = performance.getEntriesByType("resource")
                .find(each => /\/answers\/[^/]+\?/.test(each.name));
              window.firstScreen = {
                at: performance.now(), row: firstRow, tiles: images.length, asked: list.requestStart, listed: list.responseEnd,
                count: Number(new URL(list.name).searchParams.get("count")),
              };
            }));
          };
          requestAnimationFrame(look);
          window.countFrames = () => {
            const times = [];
            let going = true;
            const frame = time => {
              times.push(time);
              if (going) {
                requestAnimationFrame(frame);
              }
            };
            requestAnimationFrame(frame);
            window.frameGaps = () => {
              going = false;
              return times.slice(1).map((time, i) => time - times[i]);
            };
          };
        })();
        """;
}

/// <summary>The first screen of pictures; times in milliseconds since the navigation began.</summary>
/// <param name="At">When every picture in sight was drawn.</param>
/// <param name="Row">When those of the first row were there.</param>
/// <param name="Asked">When the page asked for the first answers.</param>
/// <param name="Listed">When it had them.</param>
/// <param name="Count">How many answers it asked for.</param>
internal sealed record FirstScreen(double At, double Row, int Tiles, double Asked, double Listed, int Count);

/// <summary>How a list scrolled.</summary>
/// <param name="Rates">Frames drawn in each second.</param>
/// <param name="Gaps">Milliseconds between animation frames.</param>
/// <param name="Pixels">How far.</param>
internal sealed record Scroll(IReadOnlyList<double> Rates, IReadOnlyList<double> Gaps, double Pixels)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Pixels:0} pixels, {Figures.Median(Rates):0} frames a second, at the slowest {Figures.Percentile(Rates, 5):0}");
}
