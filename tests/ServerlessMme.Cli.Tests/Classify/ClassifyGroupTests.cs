using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Classify;

/// <summary><c>mme classify --group</c> in a process of its own, on the project's models.</summary>
public sealed class ClassifyGroupTests : IDisposable
{
    private static readonly string Airplane = Repository.CifarImages[0];

    private readonly TemporaryFolder _folder = new();

    public ClassifyGroupTests()
    {
        Directory.CreateDirectory(_folder.PathOf("models"));
        foreach (var model in (string[])["cifar10", "sign-language-digits"])
        {
            Directory.CreateSymbolicLink(_folder.PathOf("models", model), Repository.PathOf("models", model));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_member_has_a_row_and_the_best_is_the_tables()
    {
        Define("""{"group":["sign-language-digits","gone","cifar10"]}""");
        var broken = _folder.Write("broken.jpg", "no image"u8);

        var csv = await ClassifyAsync(Airplane, broken, "--group", "topics", "--format", "csv");
        var table = await ClassifyAsync(Airplane, "--group", "models/topics.json");

        Assert.Equal(1, csv.ExitCode);
        var rows = csv.Output.TrimEnd().Split('\n').Select(row => row.Split(',')).ToList();
        Assert.Equal("image,member,label,score,error,message,unsure", string.Join(',', rows[0]).TrimEnd('\r'));
        Assert.Equal(
            [
                ("airplane-1.jpg", "sign-language-digits", ""), ("airplane-1.jpg", "gone", "ModelNotFound"),
                ("airplane-1.jpg", "cifar10", ""), ("broken.jpg", "", "NotAnImage"),
            ],
            rows[1..].Select(row => (row[0], row[1], row[4])));
        Assert.Equal("airplane", rows[3][2]);
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("cifar10", table.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 3", table.Output, StringComparison.Ordinal);
        Assert.Contains("models': gone. Each refuses all images until", table.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_of_JSON_is_the_label_with_answers()
    {
        Define("""{"group":{"prefix":"cifar"}}""");

        var (exitCode, output, errors) = await ClassifyAsync(Airplane, "--group", "topics", "--format", "jsonl");

        Assert.Equal((0, ""), (exitCode, errors));
        await SchemaCheck.AssertAsync("label", output);
        var label = JsonNode.Parse(output)!;
        Assert.Equal(("cifar10", "airplane"), ((string)label["member"]!, (string)label["label"]!));
        Assert.Single(label["answers"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"group":[]}""", 1, "InvalidGroup: Group 'topics' has no members.")]
    [InlineData("""{"group":["topics"]}""", 1, "InvalidGroup: Group 'topics' lists itself as a member.")]
    [InlineData("""{"group":["a","a"]}""", 1, "InvalidGroup: Group 'topics' lists 'a' twice.")]
    [InlineData("""{"group":[7]}""", 1, "InvalidGroup: Group 'topics' has an invalid member")]
    [InlineData("""{"group":["cifar10"]""", 1, "InvalidGroup: Group 'topics' is not valid JSON")]
    [InlineData("""{"group":["gone"]}""", 2, "No member of group 'topics' is in")]
    [InlineData("""{"alias":"cifar10"}""", 2, "is not a group file, because it doesn't begin with {\"group\":")]
    public async Task A_group_that_cannot_answer_says_why(string json, int expected, string message)
    {
        Define(json);

        var (exitCode, output, errors) = await ClassifyAsync(Airplane, "--group", "topics");

        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_of_too_many_members_says_so()
    {
        var names = Enumerable.Range(0, 10_001).Select(i => $"\"m{i}\"");
        Define($$"""{"group":[{{string.Join(',', names)}}]}""");

        var (exitCode, _, errors) = await ClassifyAsync(Airplane, "--group", "topics");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("InvalidGroup: Group 'topics' has 10,001 members", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Specify either '--model' or '--group'.", "classify", "IMAGE")]
    [InlineData(
        "Specify either '--model' or '--group'.", "classify", "IMAGE", "--model", "cifar10", "--group", "topics")]
    [InlineData("There is no group in", "classify", "IMAGE", "--group", "nothing")]
    [InlineData("There is no group in", "classify", "IMAGE", "--group", "models/cifar10")]
    [InlineData("is a group, but this command needs one model", "classify", "IMAGE", "--model", "topics")]
    [InlineData("is a group, but this command needs one model", "classify", "IMAGE", "--model", "models/topics.json")]
    [InlineData("is a group, but this command needs one model", "models", "check", "models/topics.json")]
    [InlineData("is a group, but this command needs one model", "models", "push", "models/topics.json")]
    [InlineData("is a group, but this command needs one model", "evaluate", "topics", "--images", "images")]
    [InlineData("is a group, but this command needs one model", "evaluate", "models/topics.json", "--images", "images")]
    public async Task A_command_line_that_means_something_else_says_the_way_out(
        string message, params string[] arguments)
    {
        Define("""{"group":["cifar10"]}""");
        _folder.Write("images/airplane/1.jpg", await File.ReadAllBytesAsync(
            Airplane, TestContext.Current.CancellationToken));

        var (exitCode, output, errors) = await RunAsync(
            [.. arguments.Select(argument => argument == "IMAGE" ? Airplane : argument)]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private void Define(string json) =>
        _folder.Write("models/topics.json", Encoding.UTF8.GetBytes(json));

    private Task<Finished> ClassifyAsync(params string[] arguments) => RunAsync(["classify", .. arguments]);

    private Task<Finished> RunAsync(string[] arguments) => MmeProcess.RunInAsync(_folder.Root, arguments);
}
