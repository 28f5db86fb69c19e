using ServerlessMme.Serving.Invocations;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Invocations;

/// <summary>A target model that is a group, of the project's models in a folder of their own.</summary>
public sealed class GroupInvocationTests : IDisposable
{
    private static readonly byte[] Airplane = File.ReadAllBytes(Samples.First("cifar10"));

    private readonly TemporaryFolder _models = new();

    public GroupInvocationTests()
    {
        foreach (var model in (string[])["cifar10", "sign-language-digits"])
        {
            Directory.CreateSymbolicLink(_models.PathOf(model), Repository.PathOf("models", model));
        }

        _models.Write("topics.json", """{"group":["cifar10","gone","sign-language-digits"]}"""u8);
    }

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Every_member_predicts_what_it_predicts_alone()
    {
        await using var server = await StartAsync();
        var cifar = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");
        var signs = await server.InvokeAsync("sign-language-digits", Airplane, "image/jpeg");

        var answer = await server.InvokeAsync("topics.tar.gz", Airplane, "image/jpeg",
            ("X-Amzn-SageMaker-Target-Variant", "blue"));

        Assert.Equal(("application/json", 200), (answer.Type, (int)answer.Status));
        Assert.Equal("blue", Assert.Single(answer.Headers.GetValues("x-Amzn-Invoked-Production-Variant")));
        var members = Assert.Single(answer.Json.GetProperty("predictions").EnumerateArray());
        Assert.Equal(
            ["cifar10", "gone", "sign-language-digits"], members.EnumerateObject().Select(member => member.Name));
        Samples.AssertEqual(Assert.Single(cifar.Predictions), Scores("cifar10"));
        Samples.AssertEqual(Assert.Single(signs.Predictions), Scores("sign-language-digits"));
        var error = members.GetProperty("gone").GetProperty("error");
        Assert.Equal("ModelNotFound", error.GetProperty("code").GetString());
        Assert.Contains(
            "Member 'gone' of group 'topics'", error.GetProperty("message").GetString(), StringComparison.Ordinal);

        float[] Scores(string member) =>
            [.. members.GetProperty(member).EnumerateArray().Select(score => score.GetSingle())];
    }

    [Fact]
    public async Task The_label_has_every_answer_where_the_client_asks_for_a_label()
    {
        await using var server = await StartAsync();

        var answer = await server.InvokeAsync("topics", Airplane, "application/x-image",
            ("Accept", ScoresWriter.LabelType), ("X-Amzn-SageMaker-Inference-Id", "drop-17"));

        Assert.Equal(ScoresWriter.LabelType, answer.Type);
        await SchemaCheck.AssertAsync("label", answer.Text);
        Assert.Equal("drop-17", answer.Json.GetProperty("image").GetProperty("name").GetString());
        Assert.Equal(("cifar10", "airplane"),
            (answer.Json.GetProperty("member").GetString(), answer.Json.GetProperty("label").GetString()));
        Assert.Equal(3, answer.Json.GetProperty("answers").GetArrayLength());
    }

    [Theory]
    [InlineData("image/jpeg", "no image", 400, "NotAnImage: ")]
    [InlineData("image/jpeg", "", 400, "EmptyImage: ")]
    [InlineData("application/json", """{"instances":[[[[0]]]]}""", 415, "'topics' is a group")]
    [InlineData("text/plain", "x", 415, "'topics' is a group")]
    public async Task A_body_that_no_member_can_take_is_refused_once(
        string type, string body, int status, string message)
    {
        await using var server = await StartAsync();

        var answer = await server.InvokeAsync("topics", Samples.Utf8(body), type);

        Assert.Equal((424, status),
            ((int)answer.Status, answer.Json.GetProperty("OriginalStatusCode").GetInt32()));
        Assert.StartsWith(
            message, answer.Json.GetProperty("OriginalMessage").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"group":[]}""", 424, "InvalidGroup")]
    [InlineData("""{"group":["topics"]}""", 424, "InvalidGroup")]
    [InlineData("""{"group":["a","a"]}""", 424, "InvalidGroup")]
    [InlineData("""{"group":7}""", 424, "InvalidGroup")]
    [InlineData("""{"group":["gone"]}""", 400, "Target model 'topics' was not found.")]
    public async Task A_group_that_cannot_answer_is_refused(string json, int status, string message)
    {
        _models.Write("topics.json", Samples.Utf8(json));
        await using var server = await StartAsync();

        var answer = await server.InvokeAsync("topics", Airplane, "image/jpeg");

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(message, answer.Text, StringComparison.Ordinal);
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(_models.Root, TimeProvider.System);
}
