using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Logs;

namespace ServerlessMme.Functions.Tests;

public sealed class MaxTriesCheckTests
{
    private const string Ours = """{"extensions":{"queues":{"maxDequeueCount":15}}}""";

    [Theory]
    [InlineData(15, Ours, null, null)]
    [InlineData(5, Ours, null, 15)]
    [InlineData(15, Ours, "5", 5)]
    [InlineData(5, Ours, "5", null)]
    [InlineData(15, "{}", null, 5)]
    [InlineData(15, "// Comment\n{}", null, 5)]
    [InlineData(15, "{", null, null)]
    [InlineData(15, null, null, null)]
    public void App_that_counts_other_tries_than_its_host_is_warned(
        int maxTries, string? hostJson, string? variable, int? hostTries)
    {
        using var folder = new TemporaryFolder();
        if (hostJson is not null)
        {
            File.WriteAllText(folder.PathOf("host.json"), hostJson);
        }

        var configuration = new ConfigurationManager();
        configuration["AzureFunctionsJobHost:extensions:queues:maxDequeueCount"] = variable;
        var warnings = new RecordedLog<MaxTriesCheck>();

        new MaxTriesCheck(
            Options.Create(new QueueOptions { MaxTries = maxTries }), configuration, warnings).Run(folder.Root);

        Assert.Equal(
            hostTries is null ? [] : [$"Mme__Queue__MaxTries is {maxTries}, but the host gives up on a message after "
                + $"{hostTries} tries"],
            warnings.Texts.Select(text => text.Split(" (")[0]));
    }
}
