using System.Text.RegularExpressions;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Failures;

/// <summary>Runs every command into each kind of failure, and compares its exit code with docs/operations.md.</summary>
public sealed partial class ExitCodeTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    private const int Timeout = 180_000;
    private const string Job = "20261122-231500-cifar10-4f1a";
    private const string Message = "0f343b0931126a20f133d67c2b018a3b";

    private static readonly IReadOnlyDictionary<string, int> Table = Rows().Matches(
        Repository.Read("docs", "operations.md")).ToDictionary(
            row => row.Groups["kind"].Value, row => int.Parse(row.Groups["code"].Value, provider: null));

    private static readonly string[][] StorageCommands =
    [
        ["models", "push", "models/cifar10"], ["models", "list"], ["models", "show", "cifar10"],
        ["models", "alias", "a", "cifar10"], ["models", "remove", "a"],
        ["submit", "sample-images/cifar10", "--model", "cifar10"], ["submit", "--prefix", "a", "--model", "cifar10"],
        ["rescore", "--model", "cifar10"], ["jobs", "list"], ["jobs", "show", Job], ["jobs", "watch", Job],
        ["jobs", "cancel", Job], ["poison", "list"], ["poison", "show", Message], ["poison", "retry", "--all"],
        ["poison", "drop", "--all"],
    ];

    public static TheoryData<string[]> NeedStorage() => new(StorageCommands);

    public static TheoryData<string[]> Long() => new(["worker"], ["serve", "--port", "0"]);

    [Fact]
    public void Docs_list_every_code()
    {
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["Done"] = 0,
                ["Failed"] = 1,
                ["Usage"] = 2,
                ["NotFound"] = 3,
                ["Settings"] = 4,
                ["Storage"] = 5,
                ["Machine"] = 6,
                ["Drift"] = 7,
                ["Unexpected"] = 70,
                ["Cancelled"] = 130,
            },
            Table);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(NeedStorage))]
    [MemberData(nameof(Long))]
    public async Task No_storage_account_is_a_setting_that_is_missing(string[] command) => await EndsAsync(
        "Settings", null, [("Mme__Storage__ConnectionString", ""), ("AzureWebJobsStorage", "")], command,
        "No storage account is set", "--storage", "AzureWebJobsStorage", "'mme storage start'");

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(NeedStorage))]
    [MemberData(nameof(Long))]
    public async Task An_unreadable_connection_string_is_a_setting_that_is_invalid(string[] command) => await EndsAsync(
        "Settings", null, [], [.. command, "--storage", "AccountKey=secret"], "cannot be read", "AccountName=");

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(NeedStorage))]
    public async Task Storage_that_does_not_answer_ends_a_command_within_5_seconds(string[] command)
    {
        using var silent = new SilentStorage();
        foreach (var address in new[] { silent.ConnectionString, SilentStorage.Closed() })
        {
            var start = TimeProvider.System.GetTimestamp();
            await EndsAsync("Storage", address, [], command, "cannot be reached", "--storage");
            // 5 seconds is the promise; the rest is for starting .NET on a busy machine.
            Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 8);
        }
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(NeedStorage))]
    public async Task A_wrong_key_is_a_refusal_of_storage(string[] command) =>
        await EndsAsync("Storage", WrongKey(), [], command, "Storage refused", "key");

    [Fact(Timeout = Timeout)]
    public async Task A_worker_with_a_wrong_key_ends() =>
        await EndsAsync("Storage", WrongKey(), [], ["worker"], "Storage refused", "key");

    [Theory(Timeout = Timeout)]
    [InlineData("models", "show", "nothing")]
    [InlineData("models", "remove", "nothing")]
    [InlineData("models", "alias", "nothing")]
    [InlineData("models", "alias", "nothing", "neither")]
    [InlineData("submit", "sample-images/cifar10", "--model", "nothing")]
    [InlineData("submit", "--prefix", "nothing", "--model", "cifar10")]
    [InlineData("rescore", "--model", "nothing")]
    [InlineData("jobs", "show", Job)]
    [InlineData("jobs", "watch", Job)]
    [InlineData("jobs", "cancel", Job)]
    [InlineData("poison", "show", Message)]
    [InlineData("poison", "retry", Message)]
    [InlineData("poison", "drop", Message)]
    public async Task A_name_that_storage_does_not_have_is_not_found(params string[] command) =>
        await EndsAsync("NotFound", storage.Connection, [], command);

    [Theory(Timeout = Timeout)]
    [InlineData("no-such-file", "classify", "no-such-file", "--model", "cifar10")]
    [InlineData("no-such-model", "classify", "sample-images", "--model", "no-such-model")]
    [InlineData("no-such-folder", "models", "check", "no-such-folder")]
    [InlineData("no-such.jpg", "models", "check", "models/cifar10", "--image", "no-such.jpg")]
    [InlineData("no-such-folder", "models", "push", "no-such-folder")]
    [InlineData("no-such-folder", "submit", "no-such-folder", "--model", "cifar10")]
    [InlineData("no-such-folder", "serve", "--models-dir", "no-such-folder")]
    [InlineData("no-such.json", "cost", "--prices", "no-such.json")]
    [InlineData("no-such", "cost", "--plot", "no-such/cost.svg")]
    public async Task A_file_or_folder_that_is_not_there_is_a_usage_error(string named, params string[] command) =>
        await EndsAsync("Usage", storage.Connection, [], command, named);

    [Theory(Timeout = Timeout)]
    [InlineData("Did you mean 'classify'?\n'mme --help'", "clasify")]
    [InlineData("Did you mean 'list'?\n'mme poison --help'", "poison", "lsit")]
    [InlineData("Did you mean 'classify'?\n'mme --help'", "clasify", "photo.jpg", "--model", "cifar10")]
    [InlineData("Did you mean 'list'?\n'mme models --help'", "models", "lst", "--storage", "X")]
    [InlineData("Did you mean '--all'?\n'mme poison retry --help'", "poison", "retry", "--al")]
    [InlineData("Did you mean '--model'?\n'mme classify --help'", "classify", "--modle", "cifar10")]
    [InlineData("Did you mean '--count'?\n'mme jobs list --help'", "jobs", "list", "--cuont", "3")]
    [InlineData("Did you mean '--format csv'?\n'mme models list --help'", "models", "list", "--csv")]
    [InlineData("Did you mean '--verbose'?\n'mme status --help'", "status", "--verbos")]
    [InlineData("--count is 'a', but must be a whole number.\n'mme jobs list --help'", "jobs", "list", "--count", "a")]
    [InlineData("'mme models' needs a command: init, check, compress,", "models")]
    [InlineData("'mme storage' needs a command: start, stop, status, reset.", "storage")]
    [InlineData("--blob-port is 'x', but must be", "storage", "start", "--blob-port", "x")]
    [InlineData("'b' is one argument too many", "models", "show", "a", "b")]
    public async Task A_command_line_that_does_not_parse_names_the_help_and_what_was_meant(
        string text, params string[] command) => await EndsAsync("Usage", null, [], command, text, "--help'");

    [Theory(Timeout = Timeout)]
    [InlineData("Mme__Images__MaxBytes", "lots", "Mme:Images:MaxBytes is 'lots', but must be a whole number.")]
    [InlineData("Mme__Images__MaxBytes", "0", "Mme:Images:MaxBytes is 0, but must be between")]
    [InlineData("Mme__Models__RefreshAfter", "soon",
        "Mme:Models:RefreshAfter is 'soon', but must be a time span in the form hh:mm:ss.")]
    public async Task A_setting_that_does_not_parse_ends_every_command(string name, string value, string text)
    {
        string[][] commands =
        [
            ["classify", "sample-images", "--model", "cifar10"], ["models", "check", "models/cifar10"],
            ["serve", "--models-dir", "models", "--port", "0"], ["worker"], ["jobs", "list"],
        ];
        foreach (var command in commands)
        {
            await EndsAsync("Settings", storage.Connection, [(name, value)], command, text);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task An_unknown_setting_is_a_warning_with_the_nearest_name()
    {
        var errors = await EndsAsync(
            "Done", storage.Connection,
            [("Mme__Queue__MaxTrys", "3"), ("Mme__Qeue__MaxTries", "3"), ("Mme__Triggers__Anything", "1")],
            ["jobs", "list"],
            "Mme:Queue:MaxTrys isn't recognized and has no effect. Did you mean Mme:Queue:MaxTries?",
            "Did you mean Mme:Queue?");

        Assert.DoesNotContain("Triggers", errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_port_in_use_is_a_refusal_of_the_machine()
    {
        using var taken = new SilentStorage();

        await EndsAsync(
            "Machine", null, [], ["serve", "--models-dir", "models", "--port", $"{taken.Port}"],
            $"Port {taken.Port} on 127.0.0.1 is in use", "--port");
    }

    [Fact(Timeout = Timeout)]
    public async Task Malformed_JSON_is_located_and_says_what_was_expected()
    {
        using var folder = new TemporaryFolder();
        var model = Directory.CreateDirectory(folder.PathOf("tiny")).FullName;
        await File.WriteAllTextAsync(Path.Combine(model, "model.json"), "{\n \"labels\": [\"a\"],\n \"input\": x}");
        await File.WriteAllTextAsync(Path.Combine(model, "model.onnx"), "");
        var prices = folder.PathOf("prices.json");
        await File.WriteAllTextAsync(prices, "{\n \"prices\": {,}}");
        const string expected =
            "model.json of 'tiny' is not valid JSON: line 3, column 11: expected a value after \"input\", found 'x'.";

        await EndsAsync("Failed", null, [], ["models", "check", model], expected);
        await EndsAsync("Failed", null, [], ["classify", "sample-images", "--model", model], expected);
        await EndsAsync("Failed", storage.Connection, [], ["models", "push", model], expected);
        await EndsAsync(
            "Failed", null, [], ["cost", "--prices", prices], "line 2, column 14: expected a name in double quotes");
    }

    [Fact(Timeout = Timeout)]
    public async Task Verbose_shows_the_exception_below_the_explanation()
    {
        var finished = await MmeProcess.RunAsync(SilentStorage.Closed(), "jobs", "list", "--verbose");

        Assert.Equal(Table["Storage"], finished.ExitCode);
        Assert.Contains("   at ", finished.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Ctrl_C_ends_a_command_that_waits()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT.");
        Assert.SkipWhen(MmeProcess.InterruptIsIgnored, "Shells start background jobs with SIGINT ignored.");
        // No worker runs, so the job waits.
        await using var mme = MmeProcess.Start(
            storage.Connection, "submit", "sample-images/cifar10", "--model", "cifar10", "--watch");
        await Eventually.GetAsync(TimeSpan.FromSeconds(60), "progress", () => Task.FromResult(
            mme.Errors.Contains("0 of ", StringComparison.Ordinal) ? mme : null));

        await mme.InterruptAsync();
        await mme.WaitForExitAsync();

        Assert.Equal(Table["Cancelled"], mme.ExitCode);
        AssertPlain(mme.Errors);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_worker_says_at_once_that_storage_does_not_answer_and_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        await using var worker = MmeProcess.Start(SilentStorage.Closed(), "worker");

        await Eventually.GetAsync(TimeSpan.FromSeconds(5), "warning", () => Task.FromResult(
            worker.Errors.Contains("cannot be reached", StringComparison.Ordinal) ? worker : null));

        Assert.False(worker.HasExited);
        await worker.TerminateAsync();
        await worker.WaitForExitAsync();
        AssertPlain(worker.Errors);
        Assert.Equal(Table["Done"], worker.ExitCode);
    }

    private string WrongKey() => storage.Connection.Replace(
        "AccountKey=Eby8", "AccountKey=Abcd", StringComparison.Ordinal);

    private static async Task<string> EndsAsync(
        string kind,
        string? connection,
        IEnumerable<(string, string)> settings,
        string[] command,
        params string[] texts)
    {
        var finished = await MmeProcess.RunAsync(connection, settings, command);
        var said = finished.Output + finished.Error;

        Assert.True(Table[kind] == finished.ExitCode, $"{string.Join(' ', command)}: {finished.ExitCode}\n{said}");
        Assert.All(texts, text => Assert.Contains(text, said, StringComparison.Ordinal));
        AssertPlain(said);
        return finished.Error;
    }

    private static void AssertPlain(string said)
    {
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("DataAnnotation", said, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", said, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| (?<code>\d+) \| `(?<kind>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
