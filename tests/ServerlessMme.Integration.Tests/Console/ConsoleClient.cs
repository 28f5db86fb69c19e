using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Console;

/// <summary>What a browser does with the address that a console prints.</summary>
internal sealed class ConsoleClient : IDisposable
{
    private const string Printed = "The console is at ";
    private const string ReadOnly = " (read-only)";
    private readonly HttpClient _http;

    public ConsoleClient(Uri address)
    {
        Address = address;
        _http = new HttpClient { BaseAddress = new Uri(address.GetLeftPart(UriPartial.Authority)) };
    }

    public Uri Address { get; }

    public string Token => Address.Fragment["#token=".Length..];

    private string Csrf { get; set; } = "";

    /// <summary>The console whose address a process prints next.</summary>
    public static async Task<ConsoleClient> OfAsync(MmeProcess mme)
    {
        var line = await mme.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.StartsWith(Printed, line, StringComparison.Ordinal);
        var address = line![Printed.Length..];
        return new ConsoleClient(new Uri(
            address.EndsWith(ReadOnly, StringComparison.Ordinal) ? address[..^ReadOnly.Length] : address));
    }

    /// <summary>Signs in, as the page does with the token of its address.</summary>
    public async Task<HttpStatusCode> SignInAsync(string token)
    {
        using var answer = await _http.PostAsJsonAsync(
            new Uri("/console/api/session", UriKind.Relative), new { token });
        if (answer.IsSuccessStatusCode)
        {
            Csrf = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("csrf").GetString()!;
        }

        return answer.StatusCode;
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <param name="host">The Host header; null for the address that is connected to.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Host = host;
        request.Headers.Add("X-Mme-Console", Csrf);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The error's code.</summary>
    public static async Task<string?> CodeOf(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString();

    public void Dispose() => _http.Dispose();
}
