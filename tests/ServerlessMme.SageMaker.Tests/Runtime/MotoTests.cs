using System.Text.Json;
using ServerlessMme.Core.Images;
using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests.Runtime;

/// <summary>The forwarder against moto, which is told its answers beforehand.</summary>
public sealed class MotoTests
{
    [Fact]
    public async Task Both_payloads_are_answered_with_what_moto_was_given()
    {
        await using var moto = await MotoServer.StartAsync();
        await ExpectAsync(moto.Url, """{"predictions":[[0,0,1],[0,1,0]]}""", """{"predictions":[[1,0,0]]}""");
        using var factory = Remote.Factory(Remote.Quick(moto.Url));
        var manifest = Remote.Manifest(settings: ("targetModel", "cifar.tar.gz"));
        var instances = await factory.CreateAsync(manifest);
        var image = await factory.CreateAsync(Remote.Manifest(settings: ("payload", "image")));

        var tensors = await instances.ScoreAsync(manifest, 2, TestContext.Current.CancellationToken);
        // moto 5.2 answers 500 to bytes that aren't UTF-8, so this image is text.
        var encoded = await image.ScoreAsync(
            new ImageBatch([Remote.Image("a.gif", "GIF89a"u8.ToArray())], null), TestContext.Current.CancellationToken);

        Assert.Equal([[0, 0, 1], [0, 1, 0]], tensors.Select(outcome => outcome.Value));
        Assert.Equal([1, 0, 0], Assert.Single(encoded).Value);
    }

    [Fact]
    public async Task What_moto_answers_unasked_is_refused_as_no_answer()
    {
        await using var moto = await MotoServer.StartAsync();
        using var factory = Remote.Factory(Remote.Quick(moto.Url));
        var backend = await factory.CreateAsync();

        var outcome = await backend.ScoreOneAsync();

        Assert.Equal(Core.Failures.ErrorCode.EndpointAnswerInvalid, outcome.Refusal?.Code);
    }

    private static async Task ExpectAsync(Uri url, params string[] bodies)
    {
        using var http = new HttpClient();
        // Text instead of a stream, because moto's web server requires the length.
        using var expected = new StringContent(JsonSerializer.Serialize(new
        {
            account_id = "123456789012",
            region = "eu-central-1",
            results = bodies.Select(body => new { Body = body, ContentType = "application/json" }),
        }));
        using var answer = await http.PostAsync(new Uri(url, "moto-api/static/sagemaker/endpoint-results"), expected);
        answer.EnsureSuccessStatusCode();
    }
}
