using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;

namespace ServerlessMme.Benchmarks.WebConsole;

/// <summary>
/// The gallery of <c>mme console</c> in Chromium: the time to the first screen of pictures beside the bare listing
/// call, frames per second while it scrolls, and the server's memory. Azurite and the browser share the machine.
/// </summary>
internal static class ConsoleBenchmark
{
    private static readonly (string Figure, bool IsAtLeast, double Bound)[] Goals =
    [
        ("first_page_ratio", false, 3),
        ("thumbnails_after_listing_ms", false, 1000),
        ("scroll_fps", true, 50),
        ("scroll_fps_p5", true, 50),
        // A server that kept 100,000 answers would need more.
        ("memory_growth_mib", false, 64),
    ];

    public static StorageAccount Account(Azurite azurite) =>
        new(Options.Create(new StorageOptions { ConnectionString = azurite.ConnectionString }));

    /// <param name="root">The working tree.</param>
    /// <param name="mme">Path of mme.dll.</param>
    /// <returns>1 when a goal is missed.</returns>
    public static async Task<int> RunAsync(string root, string mme, string[] args)
    {
        var arguments = new Arguments(args);
        if ((arguments.Browser ?? Gallery.FindBrowser()) is not { } chromium)
        {
            Console.Error.WriteLine("No Chromium is installed. Name one with --browser PATH.");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("mme-console-");
        try
        {
            var images = arguments.Number("--images", 100_000);
            await ConsoleData.FillAsync(folder.FullName, root, images);
            await using var azurite = await Azurite.StartAsync(
                _ => { }, CancellationToken.None, folder.FullName);
            await using var console = await ConsoleProcess.StartAsync(mme, azurite.ConnectionString, folder.FullName);
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions { ExecutablePath = chromium });
            var figures = await MeasureAsync(Account(azurite), console, browser, images, arguments);
            figures["memory_growth_mib"] = Math.Round(
                figures["resident_mib_again"]!.GetValue<double>()
                - figures["resident_mib_first_page"]!.GetValue<double>(), 1);
            Report.Write("console", arguments.Save, figures, $"Chromium {browser.Version}");
            return Judge(figures);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<JsonObject> MeasureAsync(
        StorageAccount account, ConsoleProcess console, IBrowser browser, int images, Arguments arguments)
    {
        var session = await Gallery.SignInAsync(browser, console.Address);
        var started = console.ResidentMiB;
        var address = new Uri(console.Address, $"/console?view=gallery&model={ConsoleData.Model}");
        var pages = new List<FirstScreen>();
        var (listings, defaults, downloads) = (new List<double>(), new List<double>(), new List<double>());
        // The first round warms everything up.
        for (var round = 0; round <= arguments.Rounds(7); round++)
        {
            FirstScreen page;
            await using (var gallery = await Gallery.CreateAsync(browser, session))
            {
                page = await gallery.OpenAsync(address);
            }

            // The page had begun to count, and Azurite answers one call after the other.
            await ListAsync(account, 1);
            var listing = await ListAsync(account, page.Count);
            var whole = await ListAsync(account, null);
            var download = await DownloadAsync(account, round);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{page.Tiles} pictures after {page.At:0} ms; answers came from {page.Asked:0} to {page.Listed:0} ms; "
                + $"bare listing {whole:0} ms, of {page.Count} {listing:0} ms; one image {download:0} ms"));
            if (round > 0)
            {
                pages.Add(page);
                listings.Add(listing);
                defaults.Add(whole);
                downloads.Add(download);
            }
        }

        var first = Figures.Median(pages.Select(page => page.At));
        var figures = new JsonObject
        {
            ["benchmark"] = "console",
            ["images"] = images,
            ["first_page_ms"] = Figures.Rounded(first),
            ["first_page_pictures"] = pages[^1].Tiles,
            ["first_page_answers"] = pages[^1].Count,
            ["listing_ms"] = Figures.Rounded(Figures.Median(defaults)),
            ["short_listing_ms"] = Figures.Rounded(Figures.Median(listings)),
            ["image_ms"] = Figures.Rounded(Figures.Median(downloads)),
            ["answers_ms"] = Figures.Rounded(Figures.Median(pages.Select(page => page.Listed - page.Asked))),
            ["first_page_ratio"] = Figures.Ratio(first, Figures.Median(defaults)),
            ["first_page_ratio_short"] = Figures.Ratio(first, Figures.Median(listings)),
            ["first_row_after_listing_ms"] =
                Figures.Rounded(Figures.Median(pages.Select(page => page.Row - page.Listed))),
            ["thumbnails_after_listing_ms"] =
                Figures.Rounded(Figures.Median(pages.Select(page => page.At - page.Listed))),
            ["resident_mib_started"] = started,
            ["resident_mib_first_page"] = console.ResidentMiB,
        };
        await ScrollAsync(figures, console, browser, session, address, images, arguments);
        return figures;
    }

    private static async Task ScrollAsync(
        JsonObject figures,
        ConsoleProcess console,
        IBrowser browser,
        string session,
        Uri address,
        int images,
        Arguments arguments)
    {
        await using var gallery = await Gallery.CreateAsync(browser, session);
        await gallery.OpenAsync(address);
        await gallery.WaitForCountAsync();
        var scroll = await gallery.ScrollAsync(TimeSpan.FromSeconds(arguments.Number("--seconds", 10)));
        Console.Error.WriteLine(scroll);
        figures["scroll_fps"] = Figures.Median(scroll.Rates);
        figures["scroll_fps_p5"] = Figures.Percentile(scroll.Rates, 5);
        figures["scroll_animation_fps"] = Figures.Rounded(1000 * scroll.Gaps.Count / scroll.Gaps.Sum());
        figures["scroll_gap_ms_p99"] = Figures.Rounded(Figures.Percentile(scroll.Gaps, 99));
        figures["scroll_pixels"] = Math.Round(scroll.Pixels);
        var summary = new Uri(console.Address, $"/console/api/answers/{ConsoleData.Model}/summary");
        foreach (var pass in new[] { "everything", "again" })
        {
            await using var another = await Gallery.CreateAsync(browser, session);
            await another.OpenAsync(address);
            var items = await another.ScrollToEndAsync();
            await another.WaitForCountAsync();
            var clock = Stopwatch.StartNew();
            var seen = await another.SummarizeAsync(summary);
            figures["summary_seconds"] = Figures.Rounded(clock.Elapsed.TotalSeconds);
            figures["page_heap_mb"] = Figures.Rounded(await another.HeapMBAsync());
            figures[$"resident_mib_{pass}"] = console.ResidentMiB;
            if (items != images || seen != images)
            {
                throw new InvalidOperationException($"{items} of {images} images are listed, {seen} are counted.");
            }
        }
    }

    /// <summary>Milliseconds of one call that lists labels with their metadata, as the server does.</summary>
    /// <param name="count">The most labels; null for a page as storage makes it, of 5,000.</param>
    private static async Task<double> ListAsync(StorageAccount account, int? count)
    {
        var started = Stopwatch.GetTimestamp();
        await account.LabelsOf(ConsoleData.Model)
            .GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, null, CancellationToken.None)
            .AsPages(null, count).FirstAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Milliseconds of one bare download. Azurite looks through all blobs for each.</summary>
    private static async Task<double> DownloadAsync(StorageAccount account, int number)
    {
        var started = Stopwatch.GetTimestamp();
        await account.ImagesOf(ConsoleData.Model).GetBlobClient(ConsoleData.Name(number)).DownloadContentAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static int Judge(JsonObject figures)
    {
        var missed = 0;
        foreach (var (figure, isAtLeast, bound) in Goals)
        {
            var value = figures[figure]!.GetValue<double>();
            var isMet = isAtLeast ? value >= bound : value <= bound;
            missed += isMet ? 0 : 1;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{figure,-28} {value,8:G4}  goal: {(isAtLeast ? "at least" : "at most")} {bound}"
                + $"  {(isMet ? "met" : "MISSED")}"));
        }

        return missed == 0 ? 0 : 1;
    }
}
