using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Testing.Files;
using SkiaSharp;

namespace ServerlessMme.Browser.Tests.Screenshots;

/// <summary>
/// Makes the pictures of docs/console.md from the sample images. Runs on request only, after a change of the page:
/// <c>artifacts/bin/ServerlessMme.Browser.Tests/debug/ServerlessMme.Browser.Tests -explicit only</c>.
/// </summary>
public sealed class ScreenshotTests
{
    private const int MaxBytes = 300 << 10;
    private const string Shown = "img[data-state=loading]";

    [Fact(Explicit = true, Timeout = 600_000)]
    public async Task The_pictures_of_the_docs_are_made()
    {
        Assert.SkipWhen(Chromium.Program is null, Chromium.Missing);
        await using var account = await SampleAccount.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright);
        await using var page = await WatchedPage.OpenAsync(
            browser, account.Console.Address, new() { ColorScheme = ColorScheme.Light });
        await page.SignInAsync("?view=gallery&model=cifar10");
        await page.Locator("mme-grid .tile").Filter(new() { HasText = "unsure" }).First.ClickAsync();
        await SaveAsync(page, "gallery", page.Locator("mme-detail .bars"));
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await SaveAsync(page, "gallery-dark", page.Locator("mme-detail .bars"));
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.GoAsync("?view=review&model=cifar10");
        await SaveAsync(page, "review", page.Locator("mme-review .choice").First);
        await page.GoAsync("?view=compare&model=cifar10");
        await SaveAsync(page, "compare", page.Locator("mme-matrix td.some").First);
        await page.GoAsync("?view=models");
        await SaveAsync(page, "models", page.Locator("mme-workers tbody tr").First);
        page.AssertHarmless();
    }

    private static async Task SaveAsync(WatchedPage page, string name, ILocator ready)
    {
        await Assertions.Expect(ready).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(Shown)).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".spin")).ToHaveCountAsync(0);
        var picture = Compress(await page.Page.ScreenshotAsync());
        Assert.InRange(picture.Length, 1, MaxBytes);
        await File.WriteAllBytesAsync(Repository.PathOf("docs", $"console-{name}.png"), picture);
    }

    /// <summary>The same picture with 32 steps per color, which halves its size and shows to nobody.</summary>
    private static byte[] Compress(byte[] png)
    {
        var opaque = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        var steps = Enumerable.Range(0, 256).Select(value => (byte)Math.Min(255, (value + 4) / 8 * 8)).ToArray();
        using var original = SKBitmap.Decode(png);
        using var surface = SKSurface.Create(new SKImageInfo(
            original.Width, original.Height, original.ColorType, SKAlphaType.Opaque));
        using var paint = new SKPaint { ColorFilter = SKColorFilter.CreateTable(opaque, steps, steps, steps) };
        surface.Canvas.DrawBitmap(original, 0, 0, paint);
        using var pixels = surface.PeekPixels();
        using var compressed = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 9));
        return compressed?.ToArray() ?? throw new InvalidOperationException("The picture can't be written as PNG.");
    }
}
