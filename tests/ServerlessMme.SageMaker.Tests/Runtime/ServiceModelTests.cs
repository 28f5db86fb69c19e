using System.IO.Compression;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Amazon;
using Amazon.Runtime.Endpoints;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Tests.Support;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.SageMaker.Tests.Runtime;

/// <summary>Compares the client with botocore's service model, where botocore is installed.</summary>
public sealed class ServiceModelTests
{
    private const string NoBotocore = "Python's botocore is not installed.";

    [Fact]
    public async Task Every_member_of_the_request_is_sent_under_the_name_of_the_service_model()
    {
        var members = Shape(await LoadAsync(), "InvokeEndpointInput").GetProperty("members");
        var request = new InvokeEndpointRequest { EndpointName = "mme", Body = new MemoryStream([7]) };
        var headers = members.EnumerateObject().Where(IsHeader).ToList();
        foreach (var member in headers)
        {
            Property<InvokeEndpointRequest>(member.Name).SetValue(request, $"value-of-{member.Name}");
        }

        var marshalled = InvokeEndpointMarshaller.Instance.Marshall(request);

        Assert.Equal(
            headers.Select(member => (Header(member), $"value-of-{member.Name}")).Order(),
            marshalled.Headers.Where(header => header.Key != "Content-Length").Select(h => (h.Key, h.Value)).Order());
        Assert.Equal("mme", marshalled.PathResources["{EndpointName}"]);
        Assert.Equal(12, members.EnumerateObject().Count());
    }

    [Fact]
    public async Task Every_member_of_the_answer_has_a_property_and_is_read()
    {
        var members = Shape(await LoadAsync(), "InvokeEndpointOutput").GetProperty("members").EnumerateObject()
            .Where(IsHeader).ToList();
        await using var server = new FaultServer((_, _) => FaultAnswer.Of(
            200, "{}", headers: [.. members.Where(m => m.Name != "ContentType").Select(m => (Header(m), m.Name))]));
        using var client = (AmazonSageMakerRuntimeClient)SageMakerClients.Create(
            Remote.Quick(server.Url), null, Remote.Credentials);

        var response = await client.InvokeEndpointAsync(
            new InvokeEndpointRequest { EndpointName = "mme", Body = new MemoryStream([7]) },
            TestContext.Current.CancellationToken);

        Assert.All(members, member => Assert.Equal(
            member.Name == "ContentType" ? "application/json" : member.Name,
            Property<InvokeEndpointResponse>(member.Name).GetValue(response)));
        Assert.Equal("{}", Encoding.UTF8.GetString(response.Body.ToArray()));
    }

    [Fact]
    public async Task Every_error_of_the_service_model_becomes_an_exception_of_its_own()
    {
        var model = await LoadAsync();
        foreach (var error in model.GetProperty("operations").GetProperty("InvokeEndpoint").GetProperty("errors")
            .EnumerateArray().Select(item => item.GetProperty("shape").GetString()!))
        {
            var status = Shape(model, error).GetProperty("error").GetProperty("httpStatusCode").GetInt32();

            var exception = ErrorReader.Read(error, "1", """{"Message":"m"}"""u8, (HttpStatusCode)status, null);

            Assert.Equal((error, "m", status), (exception.ErrorCode, exception.Message, (int)exception.StatusCode));
            Assert.StartsWith(error, exception.GetType().Name, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Version_path_limit_and_signing_name_are_those_of_the_service_model()
    {
        var model = await LoadAsync();
        var config = new AmazonSageMakerRuntimeConfig();
        var metadata = model.GetProperty("metadata");

        Assert.Equal(metadata.GetProperty("apiVersion").GetString(), config.ServiceVersion);
        Assert.Equal(metadata.GetProperty("endpointPrefix").GetString(), config.RegionEndpointServiceName);
        Assert.Equal(metadata.GetProperty("signingName").GetString(), config.AuthenticationServiceName);
        Assert.Equal(metadata.GetProperty("serviceId").GetString(), config.ServiceId);
        Assert.Equal(
            InvokeEndpointRequest.MaxBodyBytes,
            Shape(model, "BodyBlob").GetProperty("max").GetInt32());
    }

    [Fact]
    public async Task A_request_is_signed_for_the_service_and_the_region()
    {
        await using var server = new FaultServer((_, _) => Remote.Good);
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var backend = await factory.CreateAsync(Remote.Manifest(settings: ("region", "ap-south-1")));

        Assert.Null((await backend.ScoreOneAsync()).Refusal);

        var request = Assert.Single(server.Requests);
        Assert.Equal("POST /endpoints/mme/invocations HTTP/1.1", request.Line);
        Assert.Matches(
            "^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/[0-9]{8}/ap-south-1/sagemaker/aws4_request, ",
            request.Headers["Authorization"]);
    }

    [Theory]
    [InlineData("eu-central-1", "https://runtime.sagemaker.eu-central-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/")]
    public void A_region_has_its_own_address(string region, string address)
    {
        var config = new AmazonSageMakerRuntimeConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) };

        Assert.Equal(address, config.EndpointProvider.ResolveEndpoint(new EndpointParameters()).URL);
    }

    private static async Task<JsonElement> LoadAsync()
    {
        var file = await Python.PrintAsync("import botocore; print(botocore.__file__)");
        Assert.SkipWhen(file is null, NoBotocore);
        var folder = Path.Combine(Path.GetDirectoryName(file)!, "data", "sagemaker-runtime", "2017-05-13");
        var packed = Path.Combine(folder, "service-2.json.gz");
        await using Stream stream = File.Exists(packed)
            ? new GZipStream(File.OpenRead(packed), CompressionMode.Decompress)
            : File.OpenRead(Path.Combine(folder, "service-2.json"));
        return (await JsonDocument.ParseAsync(stream)).RootElement;
    }

    private static JsonElement Shape(JsonElement model, string name) => model.GetProperty("shapes").GetProperty(name);

    private static bool IsHeader(JsonProperty member) =>
        member.Value.TryGetProperty("location", out var location) && location.GetString() == "header";

    private static string Header(JsonProperty member) => member.Value.GetProperty("locationName").GetString()!;

    private static PropertyInfo Property<T>(string name) =>
        typeof(T).GetProperty(name) ?? throw new InvalidOperationException($"{typeof(T).Name} has no {name}.");
}
