using Azure.Identity;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class FailureReportTests
{
    [Fact]
    public void An_unknown_exception_is_reported_as_a_bug_without_its_stack_trace()
    {
        var (exitCode, text) = FailureReport.Explain(Thrown());

        Assert.Equal(ExitCodes.Unexpected, exitCode);
        Assert.Equal(
            "mme failed unexpectedly: a bug. Run the command again with --verbose for the details, and report them.",
            text);
    }

    [Fact]
    public void A_missing_Azure_identity_names_the_ways_out()
    {
        var (exitCode, text) = FailureReport.Explain(new CredentialUnavailableException("Many lines."));

        Assert.Equal(ExitCodes.Storage, exitCode);
        Assert.Contains("az login", text, StringComparison.Ordinal);
        Assert.Contains("--storage", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_a_usage_error()
    {
        var folder = AppContext.BaseDirectory.TrimEnd('/');

        var (exitCode, text) = FailureReport.Explain(
            Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllText(folder)));

        Assert.Equal((ExitCodes.Usage, $"'{folder}' is a folder, but must be a file."), (exitCode, text));
    }

    private static InvalidOperationException Thrown() =>
        Assert.Throws<InvalidOperationException>(void () => throw new InvalidOperationException("a bug"));
}
