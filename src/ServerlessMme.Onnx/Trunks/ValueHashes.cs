using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>
/// Hashes of a network's computation: operators, attributes and the content of tensors. The names of nodes, values and
/// tensors don't matter, so two exports of one backbone have the same hashes.
/// </summary>
internal sealed class ValueHashes : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    private ValueHashes()
    {
    }

    /// <summary>Returns the hash of every value that the network computes, by name.</summary>
    /// <param name="madeFor">
    /// The facts that the values depend on besides the graph: the runtime and the processor.
    /// </param>
    /// <param name="tensors">The SHA-256 of the tensors whose values aren't in the graph, by name.</param>
    public static IReadOnlyDictionary<string, ByteString> Of(
        Network network, string madeFor, IReadOnlyDictionary<string, ByteString> tensors)
    {
        using var hashes = new ValueHashes();
        hashes.AddStart(network, madeFor);
        foreach (var tensor in network.Model.Graph.Initializer)
        {
            hashes.Add(tensor, tensors.GetValueOrDefault(tensor.Name));
        }

        foreach (var node in network.Model.Graph.Node)
        {
            hashes.Add(node);
        }

        return network.Values.ToDictionary(
            value => value, value => ByteString.CopyFrom(hashes._values[value]), StringComparer.Ordinal);
    }

    /// <summary>Returns the hash of all outputs of the network.</summary>
    /// <param name="hashes">As returned by <see cref="Of"/>.</param>
    public static ByteString OfAll(Network network, IReadOnlyDictionary<string, ByteString> hashes)
    {
        using var all = new ValueHashes();
        foreach (var output in network.Model.Graph.Output)
        {
            all.Append(hashes.GetValueOrDefault(output.Name, ByteString.Empty).Span);
        }

        return ByteString.CopyFrom(all._hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void AddStart(Network network, string madeFor)
    {
        Append(madeFor);
        foreach (var set in network.Model.OpsetImport.OrderBy(set => set.Domain, StringComparer.Ordinal))
        {
            Append(set.Domain);
            Append(set.Version);
        }

        var input = network.Model.Graph.Input.First(input => input.Name == network.Input).Type?.TensorType;
        Append(input?.ElemType ?? 0);
        foreach (var dimension in input?.Shape?.Dim.AsEnumerable() ?? [])
        {
            // The name of a dynamic dimension doesn't matter, either.
            Append(dimension.DimParam.Length > 0 ? -1 : dimension.DimValue);
        }

        _values[network.Input] = _hash.GetHashAndReset();
        _values[""] = [];
    }

    private void Add(TensorProto tensor, ByteString? content)
    {
        Append(tensor.DataType);
        Append(tensor.Dims.Count);
        foreach (var dimension in tensor.Dims)
        {
            Append(dimension);
        }

        if (content is not null)
        {
            Append(content.Span);
        }
        else
        {
            // Its values are unknown fields of the outline.
            var nameless = tensor.Clone();
            nameless.Name = "";
            Append(nameless.ToByteArray());
        }

        _values[tensor.Name] = _hash.GetHashAndReset();
    }

    private void Add(NodeProto node)
    {
        Append(node.Domain);
        Append(node.OpType);
        Append(node.Attribute.Count);
        foreach (var attribute in node.Attribute.OrderBy(attribute => attribute.Name, StringComparer.Ordinal))
        {
            Append(attribute.ToByteArray());
        }

        Append(node.Input.Count);
        foreach (var input in node.Input)
        {
            Append(_values[input]);
        }

        var all = _hash.GetHashAndReset();
        for (var i = 0; i < node.Output.Count; i++)
        {
            Append(all);
            Append(i);
            var value = _hash.GetHashAndReset();
            if (node.Output[i].Length > 0)
            {
                _values[node.Output[i]] = value;
            }
        }
    }

    private void Append(string text) => Append(Encoding.UTF8.GetBytes(text));

    /// <summary>Includes the length, so different lists of parts never have the same bytes.</summary>
    private void Append(ReadOnlySpan<byte> bytes)
    {
        Append(bytes.Length);
        _hash.AppendData(bytes);
    }

    private void Append(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}
