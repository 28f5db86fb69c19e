using System.Globalization;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.SageMaker.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.SageMaker.Tests.Faults;

/// <summary>Holds the table in docs/sagemaker.md against a server that answers each fault.</summary>
public sealed class FaultTableTests
{
    [Theory]
    [MemberData(nameof(FaultCase.Rows), MemberType = typeof(FaultCase))]
    public async Task An_image_ends_as_the_table_says(FaultCase fault)
    {
        var answer = FaultCase.All.Single(item => item.Case == fault).Answer;
        await using var server = new FaultServer((n, _) => answer(n));
        var options = Remote.Quick(server.Url);
        if (fault.Name == "no response in time")
        {
            options.AttemptTimeout = TimeSpan.FromMilliseconds(200);
        }

        using var factory = Remote.Factory(options);
        var backend = await factory.CreateAsync();

        if (fault.Image == FaultCase.Queue)
        {
            await Assert.ThrowsAsync<EndpointUnavailableException>(backend.ScoreOneAsync);
        }
        else
        {
            Assert.Equal(fault.Image, Describe(await backend.ScoreOneAsync()));
        }

        if (fault.Requests != "until ready")
        {
            Assert.Equal(fault.Requests, server.Requests.Count.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task The_table_in_the_docs_has_every_case_and_no_other()
    {
        var page = await File.ReadAllLinesAsync(Repository.PathOf("docs", "sagemaker.md"));
        var rows = page.SkipWhile(line => !line.StartsWith("| Response", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')[1..4].Select(cell => cell.Trim()));

        Assert.Equal(
            FaultCase.All.Select(item => item.Case).Select(fault => $"{fault.Name} | {fault.Requests} | {fault.Image}"),
            rows.Select(cells => cells.ToArray()).Select(cells =>
                $"{cells[0]} | {cells[1]} | {cells[2].Split(["; ", ", "], StringSplitOptions.None)[0]}"));
    }

    [Fact]
    public async Task An_endpoint_that_nobody_listens_at_throws_so_that_the_image_comes_again()
    {
        Uri url;
        await using (var server = new FaultServer((_, _) => Remote.Good))
        {
            url = server.Url;
        }

        using var factory = Remote.Factory(Remote.Quick(url));
        var backend = await factory.CreateAsync();

        var thrown = await Assert.ThrowsAsync<EndpointUnavailableException>(backend.ScoreOneAsync);

        Assert.StartsWith("Endpoint 'mme' failed on attempt 4 of 4: ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_has_the_code_and_the_message_of_AWS()
    {
        await using var server = new FaultServer((_, _) =>
            FaultAnswer.Error(400, "ValidationError:http://internal.amazon.com/", "Endpoint mme not found."));
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var backend = await factory.CreateAsync(Remote.Manifest(settings: ("targetModel", "cifar.tar.gz")));

        var refusal = (await backend.ScoreOneAsync()).Refusal;

        Assert.Equal(
            "Image '0.jpg': Endpoint 'mme' with target model 'cifar.tar.gz' rejected a request for model 'tiny' with "
            + "ValidationError: Endpoint mme not found.",
            refusal?.Message);
    }

    [Fact]
    public async Task Of_several_images_only_the_one_at_fault_is_refused()
    {
        await using var server = new FaultServer((_, request) =>
            request.Text.Contains("[[[1,", StringComparison.Ordinal)
                ? FaultAnswer.Error(424, "ModelError", "Bad input", ",\"OriginalStatusCode\":400")
                : Remote.Good);
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var manifest = Remote.Manifest();
        var backend = await factory.CreateAsync(manifest);

        var outcomes = await backend.ScoreAsync(manifest, 3, TestContext.Current.CancellationToken);

        Assert.Equal(["labeled", "`EndpointModelFailed`", "labeled"], outcomes.Select(Describe));
    }

    private static string Describe(Core.Failures.Outcome<float[]> outcome) =>
        outcome.TryGet(out var scores, out var refusal)
            ? scores is [0.25f, 0.5f, 0.25f] ? FaultCase.Label : "wrong scores"
            : $"`{refusal.Code}`";
}
