using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;

namespace ServerlessMme.Browser.Tests.Safety;

/// <summary>axe-core looks at each view, in light and in dark.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class AccessibilityTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private static readonly string[] Bad = ["serious", "critical"];

    // A view, what it shows when it is there, and what is pressed before axe looks.
    private static readonly (string View, string Shown, string? Pressed)[] Views =
    [
        ("?view=gallery&model=photos", "mme-grid [data-index='0'] img[data-state=shown]", null),
        ("?view=gallery&model=photos&label=ship&unsure=true", ".chips", "mme-menu#label button[popovertarget]"),
        ("?view=gallery&model=photos", ".figures .link", "mme-menu#score button[popovertarget]"),
        ("?view=gallery&model=photos&image=harbor%2F0000.jpg", "mme-detail .bars", "mme-detail summary"),
        ("?view=gallery&model=photos&image=harbor%2F0000.jpg", "mme-detail .bars", "[aria-label='Enlarge']"),
        ("?view=gallery&model=topics&image=both-00.jpg", "mme-detail .member", null),
        ("?view=gallery&model=live", "[data-state=empty]", "mme-picker .trigger"),
        ("?view=gallery&model=missing", "[data-state]", null),
        ("?view=review&model=topics", "mme-review .choice", null),
        ("?view=compare&model=photos", "mme-matrix td", null),
        ("?view=compare&model=photos&from=bird&to=airplane", "mme-compare aside .tile", null),
        ("?view=models&about=photos", "mme-models .side dl", null),
        ("?view=models&about=stage", "mme-models .side dl", "mme-models .side button.primary"),
        ("?view=jobs", "mme-jobs tbody tr", "mme-jobs tbody tr"),
        ("?view=poison", "mme-poison tbody tr", "mme-poison tbody .link"),
        ("?view=poison", "mme-poison tbody tr", "mme-poison .bar .danger"),
        ("?view=drop&model=photos", "mme-drop .zone", null),
    ];

    [Theory(Timeout = Timeout)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_view_has_a_serious_violation(ColorScheme scheme)
    {
        // axe is a script of its own, which the page's policy would refuse.
        await using var page = await Fixture.OpenAsync(new() { ColorScheme = scheme, BypassCSP = true });
        var found = new List<string>();
        foreach (var (view, shown, pressed) in Views)
        {
            await page.GoAsync(view);
            await Expect(page.Locator(shown).First).ToBeVisibleAsync();
            if (pressed is not null)
            {
                await page.Locator(pressed).First.ClickAsync();
            }

            var result = await page.Page.RunAxe();
            found.AddRange(result.Violations.Where(violation => Bad.Contains(violation.Impact))
                .Select(violation => $"{view}: {violation.Id}: {violation.Nodes[0].Html}"));
        }

        Assert.Empty(found);
    }
}
