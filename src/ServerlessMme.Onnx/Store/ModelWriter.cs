using Google.Protobuf;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>Creates a stored model from an optimized one. Requires the store's lock.</summary>
internal static class ModelWriter
{
    /// <summary>
    /// Writes the tensors that aren't in any pack yet into one new pack. The result has no measurements and no file
    /// yet.
    /// </summary>
    /// <param name="folder">For temporary files.</param>
    public static StoredModel Write(
        StoreLayout layout, StoreIndex index, StoreKey key, OptimizedModel model, string folder)
    {
        var places = new Dictionary<ByteString, StoreIndex.Place>();
        var missing = new List<OptimizedModel.Tensor>();
        foreach (var tensor in model.Tensors!.DistinctBy(tensor => tensor.Sha256))
        {
            if (index.Find(tensor.Sha256) is { } place)
            {
                places.Add(tensor.Sha256, place);
            }
            else
            {
                missing.Add(tensor);
            }
        }

        if (missing.Count > 0)
        {
            var (pack, offsets) = PackWriter.Write(layout, Path.Combine(folder, "pack"), model.Values!,
                missing.ConvertAll(tensor => (tensor.Offset, tensor.Length)));
            foreach (var (tensor, offset) in missing.Zip(offsets))
            {
                places.Add(tensor.Sha256, new StoreIndex.Place(pack, offset));
            }
        }

        var stored = new StoredModel
        {
            Key = key.Value,
            MadeFor = key.MadeFor,
            ReordersLittle = model.ReordersLittle,
        };
        stored.Packs.AddRange(places.Values.Select(place => place.Pack).DistinctBy(pack => pack.Sha256));
        var numbers = stored.Packs.Select((pack, number) => (pack, number))
            .ToDictionary(each => each.pack.Sha256, each => each.number);
        foreach (var tensor in model.Tensors!)
        {
            stored.Tensors.Add(Entry(tensor, places[tensor.Sha256], numbers));
        }

        DefaultAttributes.Remove(model.Graph.Graph);
        stored.Graph = model.Graph.ToByteString();
        return stored;
    }

    private static StoredTensor Entry(
        OptimizedModel.Tensor tensor, StoreIndex.Place place, Dictionary<ByteString, int> numbers)
    {
        var declaration = tensor.Declaration;
        declaration.ExternalData.Clear();
        declaration.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = StoreLayout.AnchorName });
        return new StoredTensor
        {
            Name = declaration.Name,
            DataType = declaration.DataType,
            Dims = { declaration.Dims },
            Sha256 = tensor.Sha256,
            Pack = numbers[place.Pack.Sha256],
            Offset = place.Offset,
            Length = tensor.Length,
        };
    }
}
