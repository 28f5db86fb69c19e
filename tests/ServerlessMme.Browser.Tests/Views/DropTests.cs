using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Browser.Tests.Views;

/// <summary>While a worker runs beside the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class DropTests(ConsoleFixture fixture) : ConsoleTest(fixture), IClassFixture<RunningWorker>
{
    private const string View = "?view=drop&model=photos-next";
    private static readonly string Ship = Path.Combine(Repository.Samples("cifar10"), "ship-1.jpg");
    private static readonly string Horse = Path.Combine(Repository.Samples("cifar10"), "horse-1.jpg");

    private ILocator Answers => Page.Locator("mme-drop .item strong");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_files_are_uploaded_and_their_labels_appear()
    {
        await Page.GoAsync(View);
        await Page.Page.GetByPlaceholder("Folder (optional)").FillAsync("mouse");
        await ChooseAsync(() => Page.Button("Choose files…").ClickAsync(), Ship, Horse);
        await Expect(Answers.Filter(new() { HasText = "ship" })).ToBeVisibleAsync();
        await Expect(Answers.Filter(new() { HasText = "horse" })).ToBeVisibleAsync();
        await ChooseAsync(() => Page.Button("Choose files…").ClickAsync(), Ship);
        await Expect(Page.Text("A file with this name already exists")).ToBeVisibleAsync();
        await Page.Button("Replace").ClickAsync();
        await Expect(Page.Locator("mme-drop .sum")).ToContainTextAsync("3 answered");

        await Page.GoAsync("?view=gallery&model=photos-next&prefix=mouse%2F");
        await Expect(Page.Locator("mme-grid .tile")).ToHaveCountAsync(2);
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_files_are_uploaded_and_their_labels_appear()
    {
        await Page.GoAsync(View);
        await ChooseAsync(
            async () =>
            {
                await Page.TabToAsync(Page.Page.GetByPlaceholder("Folder (optional)"));
                await Page.Keyboard.TypeAsync("key");
                await Page.TabToAsync(Page.Button("Choose files…"), "Shift+Tab");
                await Page.PressAsync("Enter");
            },
            Ship);

        await Expect(Answers).ToHaveTextAsync("ship");
        await Expect(Page.Locator("mme-drop .item")).ToContainTextAsync("key/ship-1.jpg");
    }

    [Fact(Timeout = Timeout)]
    public async Task Files_are_dragged_onto_the_page()
    {
        await Page.GoAsync(View);
        var zone = Page.Locator("mme-drop .page");
        var files = await Page.Page.EvaluateHandleAsync(
            """
            () => {
                const dragged = new DataTransfer();
                dragged.items.add(new File(["no picture"], "<b>dragged</b>, 1.jpg"));
                return dragged;
            }
            """);
        await zone.DispatchEventAsync("dragover", new { dataTransfer = files });
        await Expect(Page.Locator(".zone.over")).ToBeVisibleAsync();
        await zone.DispatchEventAsync("drop", new { dataTransfer = files });

        await Expect(Page.Locator("mme-drop .item .tag")).ToHaveTextAsync("NotAnImage");
        await Expect(Page.Locator("mme-drop .item bdi").First).ToHaveTextAsync("<b>dragged</b>, 1.jpg");
    }

    [Fact(Timeout = Timeout)]
    public async Task The_worker_and_its_warm_models_are_shown_live()
    {
        await Page.GoAsync("?view=models");
        var warm = Page.Locator("mme-workers");
        await Expect(warm).ToContainTextAsync("Process ");
        await Page.GoAsync(View);
        await ChooseAsync(() => Page.Button("Choose files…").ClickAsync(), Horse);
        await Expect(Answers).ToHaveTextAsync("horse");
        await Page.GoAsync("?view=models");

        await Expect(warm.Locator("tbody tr").Filter(new() { HasText = "photos-next" })).ToContainTextAsync("ready");
    }

    private async Task ChooseAsync(Func<Task> open, params string[] files)
    {
        var chooser = await Page.Page.RunAndWaitForFileChooserAsync(open);
        await chooser.SetFilesAsync(files);
    }
}
