using System.Text;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class PoisonTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private ILocator Rows => Page.Locator("mme-poison tbody tr");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_messages_are_found_retried_and_dropped()
    {
        await Page.GoAsync("?view=poison");
        await Page.Page.GetByPlaceholder("Search reasons and messages…").FillAsync("mouse-");
        await Page.ExpectStateAsync("search", "mouse-");
        await Expect(Rows).ToHaveCountAsync(3);
        await RowOf("mouse-2").GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await Expect(Page.Locator("mme-confirm dialog")).ToContainTextAsync("Retry 1 message?");
        await Page.Button("Retry 1 message").ClickAsync();
        await Expect(Page.Text("1 message sent back to the queue")).ToBeVisibleAsync();
        await Expect(Rows).ToHaveCountAsync(2);
        Assert.True(await HoldsAsync(Fixture.Account.Queues.Classify, "mouse-2"));

        await Page.Page.GetByLabel("Select all shown").CheckAsync();
        await Page.Button("Drop selected").ClickAsync();
        await Page.Locator("mme-confirm").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(Rows).ToHaveCountAsync(2);
        await Page.Button("Drop selected").ClickAsync();
        await Page.Button("Drop 2 messages").ClickAsync();

        await Expect(Page.Text("2 messages dropped")).ToBeVisibleAsync();
        await Expect(Page.Heading("No message contains this text")).ToBeVisibleAsync();
        Assert.False(await HoldsAsync(Fixture.Account.Queues.Poison, "mouse-"));
        Assert.True(await HoldsAsync(Fixture.Account.Queues.Poison, "key-"));
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_messages_are_found_retried_and_dropped()
    {
        await Page.GoAsync("?view=poison");
        await Page.TabToAsync(Page.Page.GetByPlaceholder("Search reasons and messages…"));
        await Page.Keyboard.TypeAsync("key-");
        await Expect(Rows).ToHaveCountAsync(3);
        await Page.TabToAsync(Page.Locator("mme-poison tbody .link").First);
        await Page.PressAsync("Enter");
        await Expect(Page.Locator("mme-poison pre")).ToContainTextAsync("\"model\"");
        await Page.PressAsync("Enter");
        await Page.TabToAsync(Page.Locator("mme-poison tbody .acts button").First);
        await Page.PressAsync("Enter");
        await Expect(Page.Button("Retry 1 message")).ToBeFocusedAsync();
        await Page.PressAsync("Enter");
        await Expect(Page.Text("1 message sent back to the queue")).ToBeVisibleAsync();
        Assert.True(await HoldsAsync(Fixture.Account.Queues.Classify, "key-"));

        await Page.TabToAsync(Page.Locator("mme-poison tbody input").First);
        await Page.PressAsync("Space");
        await Expect(Page.Text("1 selected")).ToBeVisibleAsync();
        await Page.TabToAsync(Page.Button("Drop selected"), "Shift+Tab");
        await Page.PressAsync("Enter");
        await Page.PressAsync("Enter");

        await Expect(Page.Text("1 message dropped")).ToBeVisibleAsync();
        await Expect(Rows).ToHaveCountAsync(1);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_keeps_the_search()
    {
        await Page.GoAsync("?view=poison&search=nothing%20like%20this");
        await Page.Page.ReloadAsync();

        await Expect(Page.Heading("No message contains this text")).ToBeVisibleAsync();
        await Expect(Page.Page.GetByPlaceholder("Search reasons and messages…")).ToHaveValueAsync("nothing like this");
    }

    private ILocator RowOf(string model) => Rows.Filter(new() { HasText = model });

    private static async Task<bool> HoldsAsync(IMessageQueue queue, string text) =>
        (await queue.PeekAsync(32, None)).Any(message =>
            Encoding.UTF8.GetString(message.Body.Span).Contains(text, StringComparison.Ordinal));
}
