using ServerlessMme.Functions.Support;

namespace ServerlessMme.Functions;

public sealed class ClassifyDroppedTests(ClassifierApp fixture) : IClassFixture<ClassifierApp>
{
    [Fact(Timeout = 60_000)]
    public async Task Drop_is_labelled_by_the_model_of_its_container()
    {
        var drop = await fixture.App.DropAsync(fixture.Model, "drops/plane.jpg");

        await fixture.App.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken);

        var label = await fixture.App.LabelAsync(fixture.Model, "drops/plane.jpg");
        Assert.Equal("airplane", label!["label"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_that_is_no_image_is_answered_with_its_error()
    {
        var drop = await fixture.App.DropAsync(fixture.Model, "drops/notes.txt", BinaryData.FromString("notes"));

        await fixture.App.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken);

        var label = await fixture.App.LabelAsync(fixture.Model, "drops/notes.txt");
        Assert.Equal("NotAnImage", label!["error"]!["code"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_that_storage_cannot_give_is_thrown_for_the_host_to_try_again()
    {
        await using var app = await App.StartAsync(
            ("Mme:Artifacts:Folder", Path.Combine(App.SamplePath("airplane-1.jpg"), "below")));
        var model = await app.PublishAsync();
        var drop = await app.DropAsync(model, "a.jpg");

        await Assert.ThrowsAsync<Triggers.MessageFailedException>(
            () => app.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken));
    }
}
